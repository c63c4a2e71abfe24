import type { Random } from '../tensor/random';
import { median, medianInterval, relativeWidth } from './statistics';

/** Something to be timed. */
export interface Timed {
  readonly id: string;
  readonly run: () => Promise<void>;
}

export interface LoopOptions {
  /** Wanted width of the 95 % interval relative to the median. */
  readonly targetInterval: number;
  /** The loop ends after this time even when the target was not reached. */
  readonly maxMs: number;
  /** For the order within each round. */
  readonly random: Random;
  /** A clock in milliseconds. */
  readonly now: () => number;
  /** A counter that grows when the system takes the processor away from us. */
  readonly interruptions: () => number;
  /** Called after each round with the share of the work that is done. */
  readonly onRound?: (fraction: number) => void;
}

/** Raw samples of one candidate, in milliseconds for one run. */
export interface Samples {
  readonly id: string;
  readonly samples: readonly number[];
}

/** One sample and whether every run of its burst was interrupted. */
interface Sample {
  readonly ms: number;
  readonly interrupted: boolean;
}

/** The first runs of a session allocate, plan memory and fill caches. */
const warmUpRuns = 5;
const warmUpMs = 100;

/** A sample is the median of a burst of runs of at least this time together. */
const burstMs = 1.5;
const burstRuns = 25;

/**
 * A run right after another candidate's finds the caches full of that one's data, and a small model suffers most from a large
 * one: at 1.0 against 4.2 ms it lost 9 % of its speed-up. Runs longer than this hardly notice; shorter ones are preceded by
 * one that does not count, and so many count at least.
 */
const coldMs = 20;
const leastWarmRuns = 3;

/** Nine samples are the fewest whose order statistics give a 95 % interval that leaves out the extremes. */
const minRounds = 9;

/** Even a model that is slower than the time allowed gets so many. */
const leastRounds = 3;

/**
 * Times candidates interleaved: every round takes one sample of each, in a new random order, so that a machine that slows
 * down for a while slows all of them. A candidate is done when its interval is narrow enough. Samples that were
 * interrupted by other processes count only when there are not enough others.
 */
export async function measureInterleaved(candidates: readonly Timed[], options: LoopOptions): Promise<Samples[]> {
  const { targetInterval, maxMs, random, now, onRound } = options;
  const started = now();
  const entries = await warmUp(candidates, now);
  let open = entries;
  for (let round = 0; open.length > 0; round++) {
    const spent = now() - started;
    if (spent > maxMs && round >= leastRounds) break;
    for (const index of random.permutation(open.length)) open[index].samples.push(await sample(open[index], options));
    open = open.filter(({ samples }) => !isSettled(usable(samples), targetInterval));
    onRound?.(Math.max(1 - open.length / entries.length, Math.min(1, spent / maxMs)));
  }
  return entries.map(({ id, samples }) => ({ id, samples: usable(samples) }));
}

/** Samples of two candidates taken in pairs, and the ratio a / b of each pair. */
export interface PairedSamples {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly ratios: readonly number[];
}

/** Times two candidates in pairs, close together and in random order, until the interval of their ratio is narrow. */
export async function measurePaired(a: Timed, b: Timed, options: LoopOptions): Promise<PairedSamples> {
  const { targetInterval, maxMs, random, now, onRound } = options;
  const started = now();
  const [first, second] = await warmUp([a, b], now);
  const ratios: Sample[] = [];
  for (;;) {
    const spent = now() - started;
    if (isSettled(usable(ratios), targetInterval) || (spent > maxMs && ratios.length >= leastRounds)) break;
    const order = random.integer(2) === 0 ? [first, second] : [second, first];
    for (const entry of order) entry.samples.push(await sample(entry, options));
    const [x, y] = [first, second].map(({ samples }) => samples[samples.length - 1]);
    ratios.push({ ms: x.ms / y.ms, interrupted: x.interrupted || y.interrupted });
    onRound?.(Math.min(1, spent / maxMs));
  }
  return { a: usable(first.samples), b: usable(second.samples), ratios: usable(ratios) };
}

/** Whether the interval of the median is known to be narrower than the target. */
export function isSettled(samples: readonly number[], targetInterval: number): boolean {
  return samples.length >= minRounds && relativeWidth(medianInterval(samples)) <= targetInterval;
}

interface Entry extends Timed {
  /** Runs of a burst that count. */
  readonly runs: number;
  /** Whether a run that does not count comes first. */
  readonly cold: boolean;
  readonly samples: Sample[];
}

async function warmUp(candidates: readonly Timed[], now: () => number): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const candidate of candidates) {
    const started = now();
    let last = 0;
    for (let i = 0; i < warmUpRuns; i++) {
      const before = now();
      await candidate.run();
      last = now() - before;
      if (now() - started > warmUpMs && i > 0) break;
    }
    const cold = last < coldMs;
    const runs = Math.max(cold ? leastWarmRuns : 1, Math.round(burstMs / Math.max(last, 1e-3)));
    entries.push({ ...candidate, runs: Math.min(burstRuns, runs), cold, samples: [] });
  }
  return entries;
}

/** The median of a burst in warm caches, of the runs that were not interrupted if there are any. */
async function sample({ run, runs, cold }: Entry, { now, interruptions }: LoopOptions): Promise<Sample> {
  const whole: number[] = [];
  const interrupted: number[] = [];
  if (cold) await run();
  for (let i = 0; i < runs; i++) {
    const count = interruptions();
    const before = now();
    await run();
    const ms = now() - before;
    if (interruptions() === count) whole.push(ms);
    else interrupted.push(ms);
  }
  return { ms: median(whole.length > 0 ? whole : interrupted), interrupted: whole.length === 0 };
}

/** The samples that count: those without interruption when there are enough, else all. */
function usable(samples: readonly Sample[]): number[] {
  const whole = samples.filter(({ interrupted }) => !interrupted);
  return (whole.length >= minRounds ? whole : samples).map(({ ms }) => ms);
}
