import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { naturalLog } from './naturalLog';
import { Random } from './random';

const draws = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.uniform());

describe('naturalLog', () => {
  it('agrees with the host library to two units in the last place, subnormal numbers included', () => {
    fc.assert(
      fc.property(fc.double({ min: 5e-324, noNaN: true, noDefaultInfinity: true }), (x) => {
        const expected = Math.log(x);
        expect(Math.abs(naturalLog(x) - expected)).toBeLessThanOrEqual(4.5e-16 * Math.max(Math.abs(expected), 1e-300));
      }),
      { numRuns: 2000, examples: [[1], [2], [0.5], [5e-324], [Math.SQRT2], [1 + 2 ** -52], [1 - 2 ** -53]] },
    );
  });
});

describe('Random', () => {
  it('draws fixed numbers for a seed, on every machine', () => {
    // Written down once; a change means that old runs can't be repeated.
    const random = Random.of(1).split('weights');
    expect([random.integer(1 << 30), random.integer(1 << 30), random.normal(), random.gumbel()]).toEqual([
      992151658, 205248434, 0.4793180477248723, 2.34735025658169,
    ]);
  });

  it('splits by label alone, whatever was drawn before', () => {
    const used = Random.of('run');
    draws(used, 17);
    expect(draws(used.split('epoch').split(3), 5)).toEqual(draws(Random.of('run').split('epoch').split(3), 5));
  });

  it('gives unrelated numbers for different seeds, labels and depths', () => {
    const generators = [
      Random.of(1),
      Random.of(2),
      Random.of('1'),
      Random.of(1).split('a'),
      Random.of(1).split('b'),
      Random.of(1).split('a').split('b'),
      Random.of(1).split('ab'),
      Random.of(2).split('a'),
    ];
    const series = generators.map((random) => draws(random, 4000).map((value) => value - 0.5));
    for (const [i, a] of series.entries()) {
      for (const b of series.slice(i + 1)) {
        const correlation = a.reduce((sum, value, k) => sum + value * b[k], 0) / (a.length / 12);
        expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(a.length));
      }
    }
  });

  it('has the moments of its distributions', () => {
    const random = Random.of('moments');
    const count = 50_000;
    const mean = (draw: () => number): [number, number] => {
      const values = Array.from({ length: count }, draw);
      const average = values.reduce((sum, value) => sum + value, 0) / count;
      return [average, values.reduce((sum, value) => sum + (value - average) ** 2, 0) / count];
    };
    const eulerMascheroni = 0.5772156649015329;
    const [[uniform, uniformVariance], [normal, normalVariance], [gumbel, gumbelVariance]] = [
      mean(() => random.uniform()),
      mean(() => random.normal()),
      mean(() => random.gumbel()),
    ];
    // Five standard errors of each estimate.
    expect(uniform).toBeCloseTo(0.5, 2);
    expect(uniformVariance).toBeCloseTo(1 / 12, 2);
    expect(Math.abs(normal)).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(normalVariance - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    expect(Math.abs(gumbel - eulerMascheroni)).toBeLessThan((5 * 1.2825) / Math.sqrt(count));
    expect(Math.abs(gumbelVariance - Math.PI ** 2 / 6)).toBeLessThan(0.1);
  });

  it('permutes: every number once, and every order as often', () => {
    const random = Random.of(5);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), (n) => {
        expect([...random.permutation(n)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
    const seen = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.permutation(3).join('');
      seen.set(order, (seen.get(order) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    for (const times of seen.values()) expect(Math.abs(times - 1000)).toBeLessThan(5 * Math.sqrt(1000));
  });
});
