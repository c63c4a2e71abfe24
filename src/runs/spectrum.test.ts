import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { methodOf } from '../methods/registry';
import type { Model } from '../onnx/model';
import { loopProducts } from '../tensor/products';
import { matrix, type Matrix } from '../tensor/matrix';
import { Random } from '../tensor/random';
import { thinSvd } from '../tensor/thinSvd';
import { plainCnn } from '../training/networks/plainCnn';
import { modelLayers } from './modelLayers';
import { errorsByRank, leadingSingularValues, singularValuesOf, tailEnergies } from './spectrum';

function randomMatrix(rows: number, columns: number, seed: number): Matrix {
  const random = Random.of(seed);
  return matrix(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, () => random.normal()),
  );
}

const energyOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value * value, 0);

describe('what the choices at a layer lose', () => {
  const model: Model = plainCnn({
    stages: [
      { width: 8, depth: 2 },
      { width: 12, depth: 1, halved: true },
    ],
    classes: 6,
    inputChannels: 3,
    imageSize: 8,
    seed: 3,
  });

  it('is at every rank what the method says of that rank', async () => {
    const { statuses } = await modelLayers(model);
    const sites = statuses.flatMap(({ site }) => site ?? []);
    expect(new Set(sites.map(({ method }) => method))).toEqual(new Set(['tucker', 'svd']));
    for (const site of sites) {
      const factors = await methodOf(site).factors(model, site);
      const errors = errorsByRank(factors, site.fullRank);
      expect(errors).toHaveLength(site.fullRank + 1);
      for (const [rank, error] of errors.entries()) {
        const exact = methodOf(site).relativeError(site, factors, { kind: 'rank', rank });
        expect(Math.abs(error - exact)).toBeLessThan(1e-7);
      }
    }
  });

  it('has singular values that hold all of the energy of the weight, falling', async () => {
    const { statuses } = await modelLayers(model);
    for (const { site } of statuses) {
      if (!site) continue;
      const factors = await methodOf(site).factors(model, site);
      const values = singularValuesOf(factors);
      expect(values).toHaveLength(Math.min(factors.u.dims[0], factors.v.dims[0]));
      expect(energyOf(values) / factors.energy).toBeCloseTo(1, 9);
      expect(values).toEqual(values.toSorted((a, b) => b - a));
    }
  });
});

describe('leading singular values', () => {
  const sizes = fc.record({
    m: fc.integer({ min: 1, max: 40 }),
    n: fc.integer({ min: 1, max: 40 }),
    seed: fc.nat(1000),
  });

  it('are those of the full decomposition, and never above them', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 40 }), async ({ m, n, seed }, count) => {
        const a = randomMatrix(m, n, seed);
        const { s } = await thinSvd(a);
        const leading = await leadingSingularValues(a, Math.min(count, m, n), loopProducts);
        for (const [k, value] of leading.entries()) {
          expect(value).toBeLessThanOrEqual(s[k] * (1 + 1e-9) + 1e-9);
          expect(value).toBeGreaterThan(0.75 * s[k] - 1e-6);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('the energy beyond a rank', () => {
  it('is exact up to the values given, and at most what is told beyond them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 30 }),
        fc.nat(30),
        (unsorted, given) => {
          const values = unsorted.toSorted((a, b) => b - a);
          const tails = tailEnergies(values.slice(0, given), energyOf(values), values.length);
          expect(tails).toHaveLength(values.length + 1);
          for (let rank = 0; rank <= values.length; rank++) {
            const exact = energyOf(values.slice(rank));
            expect(tails[rank]).toBeGreaterThanOrEqual(exact - 1e-9);
            if (rank <= given) expect(tails[rank]).toBeCloseTo(exact, 8);
          }
        },
      ),
    );
  });
});
