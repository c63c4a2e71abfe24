import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../tensor/random';
import { matrix, type Matrix } from '../tensor/matrix';
import { loopProducts } from '../tensor/products';
import { RuntimeProducts } from './products';

const generator = Random.of('products');
const random = (rows: number, columns: number): Matrix =>
  matrix(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, () => generator.normal()),
  );
const difference = (a: Matrix, b: Matrix): number =>
  a.data.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b.data[i])), 0);

const exact = new RuntimeProducts();
const single = new RuntimeProducts('float32');
afterAll(() => Promise.all([exact.dispose(), single.dispose()]));

describe('RuntimeProducts', () => {
  it.each([
    [3, 5],
    [70, 90],
    [129, 33],
  ])('gives the Gram matrix of a %i x %i matrix as the loops do', async (rows, columns) => {
    const a = random(rows, columns);
    const gram = await exact.gram(a);
    expect(gram.dims).toEqual([rows, rows]);
    expect(difference(gram, await loopProducts.gram(a))).toBeLessThan(1e-12 * columns);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < i; j++) expect(gram.data[i * rows + j]).toBe(gram.data[j * rows + i]);
  });

  it.each([
    [2, 3, 4],
    [80, 70, 60],
    [1, 1000, 200],
  ])('multiplies %i x %i by %i columns as the loops do', async (m, k, n) => {
    const [a, b] = [random(m, k), random(k, n)];
    const product = await exact.multiply(a, b);
    expect(product.dims).toEqual([m, n]);
    expect(difference(product, await loopProducts.multiply(a, b))).toBeLessThan(1e-12 * k);
  });

  it('works in single precision when asked to', async () => {
    const [a, b] = [random(100, 100), random(100, 100)];
    const deviation = difference(await single.multiply(a, b), await loopProducts.multiply(a, b));
    expect(deviation).toBeLessThan(1e-3);
    expect(deviation).toBeGreaterThan(1e-9);
  });

  it('refuses sizes that do not fit', async () => {
    await expect(exact.multiply(random(100, 100), random(99, 100))).rejects.toThrow(RangeError);
  });
});
