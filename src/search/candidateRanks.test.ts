import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidateRanks, mostRanks } from './candidateRanks';

describe('candidateRanks', () => {
  it('are multiples of the step that goes with the width, up to the break-even rank', () => {
    // Break-even ranks of ResNet-20's three stages (docs/haloc.md, Cost).
    expect(candidateRanks({ width: 16, breakEven: 14.3 })).toEqual([2, 4, 6, 8, 10, 12, 14]);
    expect(candidateRanks({ width: 32, breakEven: 28.6 })).toEqual([4, 8, 12, 16, 20, 24, 28]);
    expect(candidateRanks({ width: 64, breakEven: 57.3 })).toEqual([8, 16, 24, 32, 40, 48, 56]);
    expect(candidateRanks({ width: 512, breakEven: 458 })).toEqual([64, 128, 192, 256, 320, 384, 448]);
  });

  it('are all ranks where that is asked for', () => {
    expect(candidateRanks({ width: 16, breakEven: 12.2, step: 1, limit: Infinity })).toHaveLength(12);
  });

  it('are the measured front where there is one', () => {
    expect(candidateRanks({ width: 128, breakEven: 114, front: [16, 48, 32, 112, 120] })).toEqual([16, 32, 48, 112]);
  });

  it('are few, rising, and never above the break-even rank or the width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2048 }),
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        fc.option(fc.array(fc.integer({ min: 1, max: 2048 }), { maxLength: 40 }), { nil: undefined }),
        (width, share, front) => {
          const breakEven = share * width;
          const ranks = candidateRanks({ width, breakEven, front });
          expect(ranks.length).toBeLessThanOrEqual(mostRanks);
          for (const [i, rank] of ranks.entries()) {
            expect(rank).toBeGreaterThan(i === 0 ? 0 : ranks[i - 1]);
            expect(rank).toBeLessThanOrEqual(Math.min(breakEven, width));
            if (front) expect(front).toContain(rank);
          }
        },
      ),
    );
  });
});
