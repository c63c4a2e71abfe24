import { matrix, sizesOf, type Matrix } from './matrix';

/**
 * The large products of the linear algebra in this room. They are handed in, so that an engine with fast kernels can
 * stand in for the loops here. Both work in float64.
 */
export interface Products {
  /** The Gram matrix of the rows, `a aᵀ`. `a: [m, n]`, result `[m, m]`, symmetric. */
  gram(a: Matrix): Promise<Matrix>;
  /** The product `a b`. `a: [m, k]`, `b: [k, n]`, result `[m, n]`. Throws when the sizes do not fit. */
  multiply(a: Matrix, b: Matrix): Promise<Matrix>;
}

/** Products by loops over typed arrays: about a billion multiplications a second, no set-up cost. */
export const loopProducts: Products = {
  gram: (a) => Promise.resolve(gram(a)),
  multiply: (a, b) => Promise.resolve(multiply(a, b)),
};

/** `a aᵀ` by loops. `a: [m, n]`, result `[m, m]`. */
export function gram(a: Matrix): Matrix {
  const [m, n] = sizesOf(a);
  const result = matrix(m, m);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a.data[i * n + k] * a.data[j * n + k];
      result.data[i * m + j] = result.data[j * m + i] = sum;
    }
  }
  return result;
}

/** `a b` by loops. `a: [m, k]`, `b: [k, n]`, result `[m, n]`. Throws when the sizes do not fit. */
export function multiply(a: Matrix, b: Matrix): Matrix {
  const [m, k] = sizesOf(a);
  const [inner, n] = sizesOf(b);
  if (k !== inner) throw new RangeError(`A ${m}x${k} matrix can't be multiplied by a ${inner}x${n} matrix.`);
  const result = matrix(m, n);
  for (let i = 0; i < m; i++) {
    const row = result.data.subarray(i * n, i * n + n);
    for (let p = 0; p < k; p++) {
      const factor = a.data[i * k + p];
      const other = b.data.subarray(p * n, p * n + n);
      for (let j = 0; j < n; j++) row[j] += factor * other[j];
    }
  }
  return result;
}
