import { matrix, sizesOf, transpose, type Matrix } from './matrix';

/** `a = q r` with `a: [m, n]`, m >= n, `q: [m, n]` with orthonormal columns, `r: [n, n]` upper triangular, diagonal >= 0. */
export interface ThinQr {
  readonly q: Matrix;
  readonly r: Matrix;
}

/**
 * QR decomposition by Householder reflections (Golub and Van Loan, Matrix Computations, 5.2): the columns of `q` are
 * orthonormal to round-off even where those of `a` depend on one another. Throws when `a` has more columns than rows.
 */
export function thinQr(a: Matrix): ThinQr {
  const [m, n] = sizesOf(a);
  if (m < n) throw new RangeError(`A ${m}x${n} matrix has no thin QR decomposition: it has more columns than rows.`);
  // Columns as rows, so that all loops run along memory.
  const work = transpose(a).data;
  const column = (data: Float64Array, j: number): Float64Array => data.subarray(j * m, j * m + m);
  const r = matrix(n, n);
  const reflectors: { v: Float64Array; half: number }[] = [];
  for (let j = 0; j < n; j++) {
    const x = column(work, j);
    const v = x.slice();
    v.fill(0, 0, j);
    let square = 0;
    for (let i = j; i < m; i++) square += v[i] * v[i];
    const length = v[j] >= 0 ? -Math.sqrt(square) : Math.sqrt(square);
    const half = square - v[j] * length;
    v[j] -= length;
    reflectors.push({ v, half });
    for (let k = j; k < n; k++) reflect(column(work, k), v, half, j);
    for (let k = j; k < n; k++) r.data[j * n + k] = work[k * m + j];
  }
  const q = new Float64Array(n * m);
  for (let j = 0; j < n; j++) {
    const target = column(q, j);
    target[j] = 1;
    for (let k = n - 1; k >= 0; k--) reflect(target, reflectors[k].v, reflectors[k].half, k);
  }
  for (let j = 0; j < n; j++) {
    if (r.data[j * n + j] >= 0) continue;
    for (let k = j; k < n; k++) r.data[j * n + k] = -r.data[j * n + k];
    const target = column(q, j);
    for (let i = 0; i < m; i++) target[i] = -target[i];
  }
  return { q: transpose(matrix(n, m, q)), r };
}

/** x := (I - v vᵀ / half) x, where v is zero before `from`. */
function reflect(x: Float64Array, v: Float64Array, half: number, from: number): void {
  if (half === 0) return;
  let sum = 0;
  for (let i = from; i < x.length; i++) sum += v[i] * x[i];
  sum /= half;
  for (let i = from; i < x.length; i++) x[i] -= sum * v[i];
}
