import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadingColumns, matrix, sizesOf, transpose, type Matrix } from '../../tensor/matrix';
import { gram } from '../../tensor/products';
import { Random } from '../../tensor/random';
import { symmetricEigen } from '../../tensor/symmetricEigen';
import { float64, sizeOf } from '../../tensor/tensor';
import { hooi } from './hooi';
import { hosvd, lostEnergy, truncated, type Tucker2 } from './hosvd';
import { energyOf, exchanged, unfold, type Kernel } from './kernel';

function randomKernel(dims: readonly number[], seed: number): Kernel {
  const random = Random.of(seed);
  return float64(
    dims,
    Array.from({ length: sizeOf(dims) }, () => random.normal()),
  );
}

/** W[o, i, k] = Σ_x Σ_y u[o, x] core[x, y, k] v[i, y], by its definition. */
function rebuilt({ u, core, v }: Tucker2): Kernel {
  const [ro, ri, window] = core.dims;
  const [output, input] = [u.dims[0], v.dims[0]];
  const result = float64([output, input, window]);
  for (let o = 0; o < output; o++)
    for (let i = 0; i < input; i++)
      for (let x = 0; x < ro; x++)
        for (let y = 0; y < ri; y++)
          for (let k = 0; k < window; k++)
            result.data[(o * input + i) * window + k] +=
              u.data[o * ro + x] * core.data[(x * ri + y) * window + k] * v.data[i * ri + y];
  return result;
}

function distance(a: Kernel, b: Kernel): number {
  expect(a.data.length).toBe(b.data.length);
  return Math.sqrt(a.data.reduce((sum, value, i) => sum + (value - b.data[i]) ** 2, 0));
}

function offIdentity(columns: Matrix): number {
  const [, n] = sizesOf(columns);
  const products = gram(transpose(columns)).data;
  return products.reduce((most, value, at) => Math.max(most, Math.abs(value - (at % (n + 1) === 0 ? 1 : 0))), 0);
}

const kernels = fc.record({
  dims: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 9 })),
  seed: fc.integer(),
});

describe('hosvd', () => {
  it('gives any kernel back exactly at full rank, with orthonormal factors', async () => {
    await fc.assert(
      fc.asyncProperty(kernels, async ({ dims, seed }) => {
        const kernel = randomKernel(dims, seed);
        const factors = await hosvd(kernel);
        expect(distance(rebuilt(factors), kernel)).toBeLessThan(1e-12 * Math.sqrt(energyOf(kernel)));
        expect(offIdentity(factors.u)).toBeLessThan(1e-13);
        expect(offIdentity(factors.v)).toBeLessThan(1e-13);
      }),
    );
  });

  it('keeps the energy: ‖W‖² = ‖core‖² + ‖W − rebuilt‖² at every rank, with an error that falls with the rank', async () => {
    await fc.assert(
      fc.asyncProperty(kernels, async ({ dims, seed }) => {
        const kernel = randomKernel(dims, seed);
        const factors = await hosvd(kernel);
        const energy = energyOf(kernel);
        let before = Infinity;
        for (let rank = 1; rank <= Math.max(...factors.core.dims.slice(0, 2)); rank++) {
          const cut = truncated(factors, rank);
          const error = distance(rebuilt(cut), kernel) ** 2;
          expect(Math.abs(energyOf(cut.core) + error - energy)).toBeLessThan(1e-12 * energy);
          expect(Math.abs(lostEnergy(factors.core, rank) - error)).toBeLessThan(1e-12 * energy);
          expect(error).toBeLessThanOrEqual(before * (1 + 1e-12));
          before = error + 1e-24 * energy;
        }
      }),
    );
  });

  it('finds planted ranks', async () => {
    const planted = rebuilt({
      u: matrix(16, 3, randomKernel([16, 3], 1).data),
      core: randomKernel([3, 3, 9], 2),
      v: matrix(12, 3, randomKernel([12, 3], 3).data),
    });
    const { core } = await hosvd(planted);
    expect(lostEnergy(core, 3)).toBeLessThan(1e-24 * energyOf(planted));
    expect(lostEnergy(core, 2)).toBeGreaterThan(1e-3 * energyOf(planted));
  });
});

describe('hooi', () => {
  it('is never farther from the kernel than the truncated HOSVD', async () => {
    await fc.assert(
      fc.asyncProperty(kernels, fc.integer({ min: 1, max: 12 }), async ({ dims, seed }, rank) => {
        const kernel = randomKernel(dims, seed);
        const refitted = await hooi(kernel, rank);
        const first = truncated(await hosvd(kernel), rank);
        const error = distance(rebuilt(refitted), kernel);
        expect(error).toBeLessThanOrEqual(distance(rebuilt(first), kernel) + 1e-9 * Math.sqrt(energyOf(kernel)));
        expect(Math.abs(energyOf(refitted.core) + error ** 2 - energyOf(kernel))).toBeLessThan(
          1e-11 * energyOf(kernel),
        );
        expect(offIdentity(refitted.u)).toBeLessThan(1e-12);
        expect(offIdentity(refitted.v)).toBeLessThan(1e-12);
      }),
    );
  });

  it('comes as near as twenty sweeps of full eigen decompositions do', async () => {
    for (const [seed, rank] of [
      [1, 2],
      [2, 4],
      [3, 6],
      [4, 8],
    ]) {
      const kernel = randomKernel([16, 12, 9], seed);
      const exact = distance(rebuilt(textbookHooi(kernel, await hosvd(kernel), rank)), kernel);
      const ours = distance(rebuilt(await hooi(kernel, rank)), kernel);
      expect(ours).toBeLessThan(exact * 1.005);
    }
  });
});

/** HOOI as docs/haloc.md, Tucker-2 states it, in plain loops. */
function textbookHooi(kernel: Kernel, start: Tucker2, rank: number): Tucker2 {
  let { u, v } = truncated(start, rank);
  const project = (source: Kernel, factor: Matrix): Kernel => {
    const [a, b, window] = source.dims;
    const [, r] = sizesOf(factor);
    const result = float64([r, b, window]);
    for (let i = 0; i < a; i++)
      for (let x = 0; x < r; x++)
        for (let at = 0; at < b * window; at++)
          result.data[x * b * window + at] += factor.data[i * r + x] * source.data[i * b * window + at];
    return result;
  };
  const leading = (source: Kernel): Matrix =>
    leadingColumns(transpose(symmetricEigen(gram(unfold(source))).vectors), rank);
  for (let sweep = 0; sweep < 20; sweep++) {
    u = leading(exchanged(project(exchanged(kernel), v)));
    v = leading(exchanged(project(kernel, u)));
  }
  return { u, v, core: exchanged(project(exchanged(project(kernel, u)), v)) };
}
