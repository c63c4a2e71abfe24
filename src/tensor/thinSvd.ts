import { matrix, sizesOf, transpose, type Matrix } from './matrix';
import { loopProducts, type Products } from './products';
import { symmetricEigen } from './symmetricEigen';

/** `a = u diag(s) vᵀ` with `a: [m, n]`, `u: [m, k]`, `s: [k]` falling, `v: [n, k]`, k = min(m, n). */
export interface ThinSvd {
  readonly u: Matrix;
  readonly s: Float64Array;
  readonly v: Matrix;
}

/**
 * Singular value decomposition through the eigen decomposition of the Gram matrix on the smaller side: the work is two
 * large products and one small symmetric problem.
 *
 * The vectors of the smaller side are orthonormal to round-off, and the product of the three gives `a` back to
 * round-off. Squaring loses what is small: singular values below about 1e-8 of the largest are not told apart, and the
 * vectors of the larger side that belong to them are not orthogonal to one another (zero where the value is 0). Cutting
 * a matrix down to its leading part does not need them.
 */
export async function thinSvd(a: Matrix, products: Products = loopProducts): Promise<ThinSvd> {
  const [m, n] = sizesOf(a);
  if (m > n) {
    const { u, s, v } = await thinSvd(transpose(a), products);
    return { u: v, s, v: u };
  }
  const { vectors } = symmetricEigen(await products.gram(a));
  // Row k is s_k v_kᵀ; its length is a better singular value than the root of the eigenvalue.
  const scaled = await products.multiply(vectors, a);
  const length = (k: number): number => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += scaled.data[k * n + j] ** 2;
    return Math.sqrt(sum);
  };
  const lengths = Float64Array.from({ length: m }, (_, k) => length(k));
  const order = Array.from(lengths.keys()).sort((x, y) => lengths[y] - lengths[x]);
  const u = matrix(m, m);
  const v = matrix(n, m);
  for (const [column, k] of order.entries()) {
    const inverse = lengths[k] > 0 ? 1 / lengths[k] : 0;
    for (let i = 0; i < m; i++) u.data[i * m + column] = vectors.data[k * m + i];
    for (let j = 0; j < n; j++) v.data[j * m + column] = scaled.data[k * n + j] * inverse;
  }
  return { u, s: Float64Array.from(order, (k) => lengths[k]), v };
}
