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
  const { data } = a;
  // Two rows by two rows at a time: four sums for four reads, where single dot products read twice for one.
  for (let i = 0; i < m; i += 2) {
    const i0 = i * n;
    const i1 = i + 1 < m ? i0 + n : i0;
    for (let j = 0; j <= i; j += 2) {
      const j0 = j * n;
      const j1 = j + 1 < m ? j0 + n : j0;
      let s00 = 0;
      let s01 = 0;
      let s10 = 0;
      let s11 = 0;
      for (let k = 0; k < n; k++) {
        const x0 = data[i0 + k];
        const x1 = data[i1 + k];
        const y0 = data[j0 + k];
        const y1 = data[j1 + k];
        s00 += x0 * y0;
        s01 += x0 * y1;
        s10 += x1 * y0;
        s11 += x1 * y1;
      }
      const put = (row: number, column: number, sum: number): void => {
        if (row < m && column < m) result.data[row * m + column] = result.data[column * m + row] = sum;
      };
      put(i, j, s00);
      put(i, j + 1, s01);
      put(i + 1, j, s10);
      put(i + 1, j + 1, s11);
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
  for (let from = 0; from < n; from += panelColumns) addPanel(a.data, b.data, result.data, m, k, n, from);
  return result;
}

/** Columns taken at a time: a panel of 256 x 256 float64 stays in a core's second-level cache for all rows of the result. */
const panelColumns = 256;

/** Adds to the columns of the result from `from` on, one panel wide. */
function addPanel(
  a: Float64Array,
  b: Float64Array,
  result: Float64Array,
  m: number,
  k: number,
  n: number,
  from: number,
): void {
  const width = Math.min(panelColumns, n - from);
  for (let i = 0; i < m; i++) {
    const row = result.subarray(i * n + from, i * n + from + width);
    let p = 0;
    // Four rows of b at a time: the row of the result is read and written once for four products.
    for (; p + 3 < k; p += 4) {
      const at = i * k + p;
      const f0 = a[at];
      const f1 = a[at + 1];
      const f2 = a[at + 2];
      const f3 = a[at + 3];
      const r0 = p * n + from;
      const r1 = r0 + n;
      const r2 = r1 + n;
      const r3 = r2 + n;
      for (let j = 0; j < width; j++) row[j] += f0 * b[r0 + j] + f1 * b[r1 + j] + f2 * b[r2 + j] + f3 * b[r3 + j];
    }
    for (; p < k; p++) {
      const factor = a[i * k + p];
      for (let j = 0; j < width; j++) row[j] += factor * b[p * n + from + j];
    }
  }
}
