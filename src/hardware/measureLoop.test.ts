import { describe, expect, it } from 'vitest';
import { Random } from '../tensor/random';
import { measureInterleaved, measurePaired, type LoopOptions, type Timed } from './measureLoop';
import { median, medianInterval, relativeWidth } from './statistics';

/** A machine whose clock goes on by what each run takes, and that is taken away for 5 ms now and then. */
class Machine {
  private clock = 0;
  private taken = 0;
  readonly order: string[] = [];

  constructor(
    private readonly random: Random,
    private readonly interrupted = 0,
    /** Slow-down as a function of the time. */
    private readonly drift: (ms: number) => number = () => 1,
    /** What a run right after another candidate's takes longer, in milliseconds. */
    private readonly coldMs = 0,
  ) {}

  timed(id: string, ms: number, noise = 0.01): Timed {
    return {
      id,
      run: () => {
        if (this.order.at(-1) !== id) this.clock += this.coldMs;
        this.order.push(id);
        this.clock += ms * this.drift(this.clock) * (1 + noise * this.random.normal());
        if (this.random.uniform() < this.interrupted) {
          this.clock += 5;
          this.taken++;
        }
        return Promise.resolve();
      },
    };
  }

  options(changes: Partial<LoopOptions> = {}): LoopOptions {
    return {
      targetInterval: 0.03,
      maxMs: 10_000,
      random: this.random.split('order'),
      now: () => this.clock,
      interruptions: () => this.taken,
      ...changes,
    };
  }
}

const of = (seed: number, ...rest: [number?, ((ms: number) => number)?, number?]): Machine =>
  new Machine(Random.of(seed), ...rest);

describe('measureInterleaved', () => {
  it('finds the planted times, each to within its interval', async () => {
    const machine = of(1);
    const planted = { fast: 0.05, middle: 1.3, slow: 20 };
    const timed = Object.entries(planted).map(([id, ms]) => machine.timed(id, ms));
    for (const { id, samples } of await measureInterleaved(timed, machine.options())) {
      expect(median(samples) / planted[id as keyof typeof planted]).toBeCloseTo(1, 1);
      expect(relativeWidth(medianInterval(samples))).toBeLessThanOrEqual(0.03);
      expect(samples.length).toBeGreaterThanOrEqual(9);
    }
  });

  it('counts runs in warm caches only, whatever ran before', async () => {
    const machine = of(9, 0, undefined, 2);
    // So noisy that a cold run among three would show: their median would be the larger of the two others.
    const timed = [1, 2, 4].map((ms) => machine.timed(`${ms} ms`, ms, 0.2));
    const options = machine.options({ targetInterval: 0, maxMs: 20_000 });
    for (const [i, { samples }] of (await measureInterleaved(timed, options)).entries()) {
      expect(Math.abs(median(samples) / 2 ** i - 1)).toBeLessThan(0.03);
    }
    const { ratios } = await measurePaired(timed[2], timed[0], options);
    expect(Math.abs(median(ratios) / 4 - 1)).toBeLessThan(0.03);
  });

  it('takes the candidates in turn, in changing order', async () => {
    const machine = of(2);
    await measureInterleaved(
      [machine.timed('a', 30), machine.timed('b', 30), machine.timed('c', 30)],
      machine.options(),
    );
    const rounds = machine.order.slice(-27).join('').match(/.{3}/g) ?? [];
    for (const round of rounds) expect([...round].sort().join('')).toBe('abc');
    expect(new Set(rounds).size).toBeGreaterThan(1);
  });

  it('gives equal candidates equal times on a machine that slows down', async () => {
    const machine = of(3, 0, (ms) => 1 + ms / 1000);
    const [a, b] = await measureInterleaved([machine.timed('a', 5), machine.timed('b', 5)], machine.options());
    expect(median(a.samples) / median(b.samples)).toBeCloseTo(1, 1);
  });

  it('is not moved by interruptions of half of all runs', async () => {
    const machine = of(4, 0.5);
    const [{ samples }] = await measureInterleaved([machine.timed('a', 2)], machine.options());
    expect(Math.max(...samples)).toBeLessThan(3);
  });

  it('uses interrupted samples when there are no others', async () => {
    const machine = of(5, 1);
    const [{ samples }] = await measureInterleaved([machine.timed('a', 2)], machine.options());
    expect(median(samples)).toBeCloseTo(7, 0);
  });

  it('stops when the time is up, with what it has', async () => {
    const machine = of(6);
    const options = machine.options({ maxMs: 200 });
    const [noisy] = await measureInterleaved([machine.timed('noisy', 1, 0.4)], options);
    expect(options.now()).toBeLessThan(400);
    expect(noisy.samples.length).toBeGreaterThan(9);
    expect(relativeWidth(medianInterval(noisy.samples))).toBeGreaterThan(0.03);
    const [slow] = await measureInterleaved([machine.timed('slow', 500)], machine.options({ maxMs: 100 }));
    expect(slow.samples).toHaveLength(3);
  });

  it('reports progress up to the end', async () => {
    const machine = of(7);
    const seen: number[] = [];
    await measureInterleaved([machine.timed('a', 1)], machine.options({ onRound: (share) => seen.push(share) }));
    expect(seen[seen.length - 1]).toBe(1);
    expect(seen.every((share, i) => share >= (seen[i - 1] ?? 0) && share <= 1)).toBe(true);
  });
});

describe('measurePaired', () => {
  it('finds a planted ratio on a machine whose speed changes by half', async () => {
    const machine = of(8, 0.05, (ms) => 1 + 0.5 * Math.sin(ms / 300));
    const { a, b, ratios } = await measurePaired(machine.timed('a', 3), machine.timed('b', 2), machine.options());
    expect(median(ratios)).toBeCloseTo(1.5, 1);
    expect(ratios.length).toBeGreaterThanOrEqual(9);
    expect(Math.min(a.length, b.length)).toBeGreaterThanOrEqual(ratios.length);
  });
});
