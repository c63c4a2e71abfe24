import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../tensor/random';
import { firstRanks, front, learnStep, measureStaircase, type RankTime } from './staircase';

/** Noise within which the synthetic times vary, and the width of their intervals. */
const noise = 0.01;

/** Time of a rank on a machine with vectors of `step` lanes: what does not fill them takes a slower way. */
function saw(rank: number, step: number, random: Random): RankTime {
  const exact = 0.1 + 0.01 * Math.ceil(rank / step) * step + (rank % step === 0 ? 0 : 0.004 * rank + 0.05);
  const ms = exact * (1 + noise * (2 * random.uniform() - 1));
  return { rank, ms, lowMs: ms * (1 - noise), highMs: ms * (1 + noise) };
}

const exactly = (rank: number, ms: number): RankTime => ({ rank, ms, lowMs: ms, highMs: ms });
const ranksOf = (points: readonly RankTime[]): number[] => points.map((point) => point.rank);
const point = fc.record({ rank: fc.integer({ min: 1, max: 200 }), ms: fc.double({ min: 0.05, max: 5, noNaN: true }) });
const points = fc
  .uniqueArray(point, { selector: ({ rank }) => rank, minLength: 1, maxLength: 40 })
  .map((list) => list.map(({ rank, ms }) => ({ rank, ms, lowMs: ms * 0.98, highMs: ms * 1.02 })));

describe('front', () => {
  it('drops a rank that a larger one beats or equals', () => {
    const measured = [
      exactly(15, 0.277),
      exactly(16, 0.171),
      exactly(17, 0.264),
      exactly(31, 0.434),
      exactly(32, 0.326),
    ];
    expect(ranksOf(front(measured))).toEqual([16, 17, 32]);
    expect(ranksOf(front([exactly(8, 0.2), exactly(16, 0.2)]))).toEqual([16]);
  });

  it('drops a rank that is faster only within the noise', () => {
    const noisy = (rank: number, ms: number): RankTime => ({ rank, ms, lowMs: ms - 0.01, highMs: ms + 0.01 });
    expect(ranksOf(front([noisy(12, 0.495), noisy(16, 0.5)]))).toEqual([16]);
    expect(ranksOf(front([noisy(12, 0.45), noisy(16, 0.5)]))).toEqual([12, 16]);
  });

  it('keeps ranks along a gentle slope', () => {
    const slope = Array.from({ length: 100 }, (_, i) => ({ rank: i + 1, ms: 1 + i / 100, lowMs: 0.9, highMs: 3 }));
    expect(front(slope).length).toBeGreaterThan(10);
  });

  it('rises with the rank, keeps the largest and drops none that nothing larger matches', () => {
    fc.assert(
      fc.property(points, (measured) => {
        const kept = front(measured);
        for (let i = 1; i < kept.length; i++) {
          expect(kept[i].rank).toBeGreaterThan(kept[i - 1].rank);
          expect(kept[i].ms).toBeGreaterThan(kept[i - 1].ms);
        }
        expect(kept[kept.length - 1].rank).toBe(Math.max(...ranksOf(measured)));
        for (const dropped of measured.filter((entry) => !kept.includes(entry))) {
          expect(kept.some((larger) => larger.rank > dropped.rank && larger.ms <= dropped.ms * 1.03)).toBe(true);
        }
      }),
    );
  });
});

describe('the step of a staircase', () => {
  it.each([
    [4, 64],
    [8, 64],
    [16, 64],
    [32, 128],
    [4, 96],
    [8, 48],
    [16, 100],
    [16, 512],
    [64, 256],
  ])('is found where one of %i was planted, up to rank %i', async (step, maxRank) => {
    for (let seed = 0; seed < 20; seed++) {
      const random = Random.of(seed);
      let asked = 0;
      const staircase = await measureStaircase(maxRank, (ranks) => {
        asked += ranks.length;
        return Promise.resolve(ranks.map((rank) => saw(rank, step, random)));
      });
      expect(staircase.step).toBe(step);
      expect(asked).toBeLessThanOrEqual(36);
      const good = ranksOf(staircase.front).filter((rank) => rank > step && rank < maxRank);
      for (const rank of good) expect(rank % step).toBe(0);
      expect(good.length).toBeGreaterThan(0);
    }
  });

  it('is 1 on a smooth slope', async () => {
    const staircase = await measureStaircase(64, (ranks) => Promise.resolve(ranks.map((rank) => exactly(rank, rank))));
    expect(staircase.step).toBe(1);
    expect(staircase.front).toEqual(staircase.points);
  });

  it('is not made up from multiples alone', () => {
    expect(learnStep([16, 32, 48, 64].map((rank) => exactly(rank, rank)))).toBe(1);
  });

  it('survives small layers', async () => {
    for (const maxRank of [1, 2, 3, 5]) {
      const staircase = await measureStaircase(maxRank, (ranks) =>
        Promise.resolve(ranks.map((rank) => exactly(rank, rank))),
      );
      expect(ranksOf(staircase.points)).toContain(maxRank);
    }
  });
});

describe('firstRanks', () => {
  it('stays within the layer, has no doubles and holds every distance below a power of two', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2048 }), (maxRank) => {
        const ranks = firstRanks(maxRank);
        expect(new Set(ranks).size).toBe(ranks.length);
        expect(Math.min(...ranks)).toBeGreaterThanOrEqual(1);
        expect(Math.max(...ranks)).toBe(maxRank);
        const anchor = 2 ** Math.floor(Math.log2(maxRank));
        const seen = Math.min(anchor, 128);
        for (let distance = 1; distance <= seen / 2; distance *= 2) expect(ranks).toContain(seen - distance);
      }),
    );
  });
});
