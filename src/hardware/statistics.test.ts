import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acrossSessions, median, medianInterval, quantile, relativeWidth } from './statistics';

const times = fc.array(fc.double({ min: 0.01, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 60 });

describe('quantiles', () => {
  it('are the known ones of small samples', () => {
    expect(median([3])).toBe(3);
    expect(median([4, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2);
    expect(quantile([10, 20], 0.75)).toBe(17.5);
    expect(() => median([])).toThrow(RangeError);
  });

  it('sort by value and leave their input alone', () => {
    const values = [10, 9, 100, 1];
    expect(median(values)).toBe(9.5);
    expect(values).toEqual([10, 9, 100, 1]);
  });

  it('do not depend on the order and scale with the values', () => {
    fc.assert(
      fc.property(times, fc.double({ min: 0, max: 1, noNaN: true }), (values, p) => {
        const value = quantile(values, p);
        expect(quantile([...values].reverse(), p)).toBe(value);
        expect(
          quantile(
            values.map((x) => 2 * x),
            p,
          ),
        ).toBeCloseTo(2 * value, 9);
        expect(value).toBeGreaterThanOrEqual(Math.min(...values));
        expect(value).toBeLessThanOrEqual(Math.max(...values));
      }),
    );
  });
});

/** P(X <= k) for X ~ Binomial(n, 1/2), by exact binomial coefficients. */
function cumulative(n: number, k: number): number {
  let coefficient = 1n;
  let sum = 0n;
  for (let i = 0; i <= k; i++) {
    sum += coefficient;
    coefficient = (coefficient * BigInt(n - i)) / BigInt(i + 1);
  }
  return Number((sum * 10n ** 12n) / 2n ** BigInt(n)) / 1e12;
}

describe('medianInterval', () => {
  it.each([6, 9, 10, 30, 57, 100, 199, 200])(
    'of %i values holds the true median with at least 95 %, and a narrower one would not',
    (n) => {
      const values = Array.from({ length: n }, (_, i) => i + 1);
      const { low, high } = medianInterval(values);
      expect(low + high).toBe(n + 1);
      const coverage = (rank: number): number => 1 - 2 * cumulative(n, rank - 1);
      expect(coverage(low)).toBeGreaterThanOrEqual(0.95);
      expect(coverage(low + 1)).toBeLessThan(0.95);
    },
  );

  it('goes over into the normal approximation without a jump', () => {
    const width = (n: number): number => relativeWidth(medianInterval(Array.from({ length: n }, (_, i) => 1 + i / n)));
    expect(Math.abs(width(201) / width(200) - 1)).toBeLessThan(0.05);
    expect(width(20_000)).toBeLessThan(width(2_000));
  });

  it('is the whole range of fewer than six values', () => {
    expect(medianInterval([5, 1, 2])).toEqual({ median: 2, low: 1, high: 5 });
    expect(medianInterval([7])).toEqual({ median: 7, low: 7, high: 7 });
  });

  it('contains the median and moves with the values', () => {
    fc.assert(
      fc.property(times, (values) => {
        const interval = medianInterval(values);
        expect(interval.low).toBeLessThanOrEqual(interval.median);
        expect(interval.high).toBeGreaterThanOrEqual(interval.median);
        expect(values).toContain(interval.low);
        expect(values).toContain(interval.high);
      }),
    );
  });

  it('is not moved by a few wild values', () => {
    const quiet = Array.from({ length: 50 }, (_, i) => 1 + i / 1000);
    expect(medianInterval([...quiet, 90, 80, 70]).high).toBeLessThan(1.05);
  });
});

describe('acrossSessions', () => {
  it('covers what every session saw', () => {
    const sessions = [
      { median: 2, low: 1.9, high: 2.1 },
      { median: 2.4, low: 2.3, high: 2.5 },
      { median: 2.2, low: 2, high: 2.6 },
    ];
    expect(acrossSessions(sessions)).toEqual({ median: 2.2, low: 1.9, high: 2.6 });
  });
});
