import fc from 'fast-check';
import { EigenvalueDecomposition, Matrix as Oracle, SingularValueDecomposition } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { matrix, sizesOf, transpose, type Matrix } from './matrix';
import { gram, multiply } from './products';
import { thinQr } from './qr';
import { Random } from './random';
import { symmetricEigen } from './symmetricEigen';
import { thinSvd } from './thinSvd';

/** A random matrix whose columns fall in size by `decay`; with 0 all but the first are zeros. */
function randomMatrix(rows: number, columns: number, seed: number, decay = 1): Matrix {
  const random = Random.of(seed);
  const result = matrix(rows, columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result.data[i * columns + j] = random.normal() * decay ** j;
  return result;
}

function largestDifference(a: Matrix, b: Matrix): number {
  expect(a.dims).toEqual(b.dims);
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i])), 0);
}

function identity(n: number): Matrix {
  const result = matrix(n, n);
  for (let i = 0; i < n; i++) result.data[i * n + i] = 1;
  return result;
}

function scaledColumns(a: Matrix, factors: Float64Array): Matrix {
  const [rows, columns] = sizesOf(a);
  return matrix(
    rows,
    columns,
    a.data.map((value, at) => value * factors[at % columns]),
  );
}

const oracle = (a: Matrix): Oracle => Oracle.from1DArray(a.dims[0], a.dims[1], Array.from(a.data));
const sizes = fc.integer({ min: 1, max: 24 });
const seeds = fc.integer();

describe('products', () => {
  it('agree with ml-matrix for all sizes', () => {
    fc.assert(
      fc.property(sizes, sizes, sizes, seeds, (m, k, n, seed) => {
        const a = randomMatrix(m, k, seed);
        const b = randomMatrix(k, n, seed + 1);
        const product = oracle(a).mmul(oracle(b));
        expect(largestDifference(multiply(a, b), matrix(m, n, product.to1DArray()))).toBeLessThan(1e-12);
        const squares = oracle(a).mmul(oracle(a).transpose());
        expect(largestDifference(gram(a), matrix(m, m, squares.to1DArray()))).toBeLessThan(1e-12);
      }),
    );
  });

  it('agree with ml-matrix on a product wider than one panel', () => {
    const [a, b] = [randomMatrix(3, 7, 1), randomMatrix(7, 600, 2)];
    const product = oracle(a).mmul(oracle(b));
    expect(largestDifference(multiply(a, b), matrix(3, 600, product.to1DArray()))).toBeLessThan(1e-12);
  });

  it('refuse matrices that do not fit', () => {
    expect(() => multiply(matrix(2, 3), matrix(2, 3))).toThrow('2x3 matrix can');
  });
});

describe('symmetricEigen', () => {
  it('gives orthonormal vectors that rebuild the matrix, and the values of ml-matrix', () => {
    fc.assert(
      fc.property(sizes, sizes, seeds, fc.constantFrom(1, 0.5, 0.05, 0), (n, k, seed, decay) => {
        const a = gram(randomMatrix(n, k, seed, decay));
        const { values, vectors } = symmetricEigen(a);
        expect(largestDifference(gram(vectors), identity(n))).toBeLessThan(1e-13);
        for (let q = 0; q < n; q++) {
          const vector = vectors.data.subarray(q * n, q * n + n);
          expect(Math.max(...vector)).toBe(Math.max(...vector.map(Math.abs)));
        }
        const size = Math.max(1, ...a.data.map(Math.abs));
        const columns = transpose(vectors);
        expect(largestDifference(multiply(scaledColumns(columns, values), vectors), a)).toBeLessThan(1e-13 * size * n);
        const expected = new EigenvalueDecomposition(oracle(a), { assumeSymmetric: true }).realEigenvalues;
        expected.sort((x, y) => y - x);
        for (const [i, value] of values.entries()) expect(Math.abs(value - expected[i])).toBeLessThan(1e-12 * size * n);
      }),
    );
  });

  it('handles repeated eigenvalues, indefinite matrices and blocks that fall apart', () => {
    expect([...symmetricEigen(identity(7)).values]).toEqual(Array(7).fill(1));
    const blocks = matrix(4, 4, [0, 2, 0, 0, 2, 0, 0, 0, 0, 0, -3, 0, 0, 0, 0, 5]);
    const { values } = symmetricEigen(blocks);
    for (const [i, value] of [5, 2, -2, -3].entries()) expect(values[i]).toBeCloseTo(value, 13);
    expect([...symmetricEigen(matrix(3, 3)).values]).toEqual([0, 0, 0]);
  });

  it('gives the same for matrices scaled far up and down', () => {
    const a = gram(randomMatrix(9, 9, 3));
    const { values } = symmetricEigen(a);
    for (const scale of [1e-120, 1e120]) {
      const scaled = symmetricEigen(
        matrix(
          9,
          9,
          a.data.map((value) => value * scale),
        ),
      );
      for (const [i, value] of scaled.values.entries()) expect(value / scale / values[i]).toBeCloseTo(1, 9);
    }
  });

  it('refuses what is not square or not finite', () => {
    expect(() => symmetricEigen(matrix(2, 3))).toThrow('not square');
    expect(() => symmetricEigen(matrix(1, 1, [NaN]))).toThrow('not finite');
  });
});

describe('thinSvd', () => {
  it('rebuilds the matrix to round-off, with orthonormal vectors and the singular values of ml-matrix', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, seeds, async (m, n, seed) => {
        const a = randomMatrix(m, n, seed);
        const { u, s, v } = await thinSvd(a);
        const k = Math.min(m, n);
        expect(largestDifference(multiply(scaledColumns(u, s), transpose(v)), a)).toBeLessThan(1e-12);
        expect(largestDifference(gram(transpose(m <= n ? u : v)), identity(k))).toBeLessThan(1e-13);
        const expected = new SingularValueDecomposition(oracle(a), { autoTranspose: true }).diagonal;
        for (const [i, value] of s.entries()) expect(Math.abs(value - expected[i])).toBeLessThan(1e-7 * expected[0]);
        // The other side loses digits with the square of the condition.
        const condition = s[0] / s[k - 1];
        const larger = largestDifference(gram(transpose(m <= n ? v : u)), identity(k));
        expect(larger).toBeLessThan(1e-14 * condition ** 2 + 1e-12);
      }),
    );
  });

  it('rebuilds matrices of low rank and of zeros', async () => {
    const low = multiply(randomMatrix(12, 3, 1), randomMatrix(3, 20, 2));
    for (const a of [low, transpose(low), matrix(3, 5)]) {
      const { u, s, v } = await thinSvd(a);
      expect(largestDifference(multiply(scaledColumns(u, s), transpose(v)), a)).toBeLessThan(1e-13);
      expect(s.slice(3).every((value) => value < 1e-7)).toBe(true);
    }
  });
});

describe('thinQr', () => {
  it('rebuilds the matrix with orthonormal columns and a triangle with a diagonal that is not negative', () => {
    fc.assert(
      fc.property(sizes, sizes, seeds, fc.constantFrom(1, 0.3, 0), (x, y, seed, decay) => {
        const [m, n] = [Math.max(x, y), Math.min(x, y)];
        const a = randomMatrix(m, n, seed, decay);
        const { q, r } = thinQr(a);
        expect(largestDifference(multiply(q, r), a)).toBeLessThan(1e-12);
        expect(largestDifference(gram(transpose(q)), identity(n))).toBeLessThan(1e-13);
        for (let i = 0; i < n; i++) {
          expect(r.data[i * n + i]).toBeGreaterThanOrEqual(0);
          for (let j = 0; j < i; j++) expect(Math.abs(r.data[i * n + j])).toBeLessThan(1e-12);
        }
      }),
    );
  });

  it('refuses more columns than rows', () => {
    expect(() => thinQr(matrix(2, 3))).toThrow('more columns than rows');
  });
});
