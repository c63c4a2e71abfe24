import type { Factors } from '../methods/shared/method';
import type { Products } from '../tensor/products';
import { matrix, sizesOf, transpose, type Matrix } from '../tensor/matrix';
import { thinQr } from '../tensor/qr';
import { Random } from '../tensor/random';
import { symmetricEigen } from '../tensor/symmetricEigen';
import { sizeOf } from '../tensor/tensor';

/** Singular values shown at most. */
export const mostSingularValues = 512;

/** Columns tried beyond those that are wanted, and passes over the matrix (Halko, Martinsson and Tropp 2011, 4.4). */
const oversampling = 16;
const powerPasses = 1;

/** Singular values of the unfolding of a kernel with the fewer rows, from its complete factors; falling. */
export function singularValuesOf({ u, core, v }: Factors): number[] {
  if (!core) {
    const [us, vs] = [columnEnergies(u), columnEnergies(v)];
    return Array.from(us, (value, k) => Math.sqrt(value * vs[k]));
  }
  // The slices of a complete core are orthogonal; their lengths are the singular values of the unfolding (De Lathauwer et al. 2000).
  const [rows, columns, ...k] = core.dims;
  const window = sizeOf(k);
  const first = u.dims[0] <= v.dims[0];
  const energies = new Float64Array(first ? rows : columns);
  for (let x = 0, at = 0; x < rows; x++) {
    for (let y = 0; y < columns; y++) {
      for (let place = 0; place < window; place++, at++) energies[first ? x : y] += core.data[at] ** 2;
    }
  }
  return Array.from(energies, Math.sqrt).sort((a, b) => b - a);
}

/**
 * ||W - W_r|| / ||W|| for r = 0 .. fullRank when complete factors are truncated: what the method's `relativeError` gives
 * rank by rank, in one pass.
 */
export function errorsByRank(factors: Factors, fullRank: number): number[] {
  const { energy } = factors;
  if (energy === 0) return new Array<number>(fullRank + 1).fill(0);
  const shells = shellEnergies(factors, fullRank);
  const errors = new Array<number>(fullRank + 1).fill(0);
  let lost = 0;
  for (let rank = fullRank; rank >= 0; rank--) {
    errors[rank] = Math.sqrt((lost + factors.residual) / energy);
    if (rank > 0) lost += shells[rank - 1];
  }
  return errors;
}

/** Energy that rank k + 1 has and rank k has not. */
function shellEnergies({ u, core, v }: Factors, fullRank: number): Float64Array {
  const shells = new Float64Array(fullRank);
  if (!core) {
    const [us, vs] = [columnEnergies(u), columnEnergies(v)];
    for (let k = 0; k < us.length; k++) shells[k] = us[k] * vs[k];
    return shells;
  }
  const [rows, columns, ...k] = core.dims;
  const window = sizeOf(k);
  for (let x = 0, at = 0; x < rows; x++) {
    for (let y = 0; y < columns; y++) {
      for (let place = 0; place < window; place++, at++) shells[Math.max(x, y)] += core.data[at] ** 2;
    }
  }
  return shells;
}

function columnEnergies(a: Matrix): Float64Array {
  const [rows, columns] = sizesOf(a);
  const energies = new Float64Array(columns);
  for (let i = 0, at = 0; i < rows; i++) for (let j = 0; j < columns; j++, at++) energies[j] += a.data[at] ** 2;
  return energies;
}

/**
 * The leading singular values of `a: [m, n]`, falling, by randomised subspace iteration: a few large products and a
 * small symmetric problem, where a full decomposition of a wide layer takes minutes. None is above the true one; the last
 * ones of a flat spectrum are some per cent below it.
 */
export async function leadingSingularValues(a: Matrix, count: number, products: Products): Promise<number[]> {
  const [m, n] = sizesOf(a);
  if (m > n) return leadingSingularValues(transpose(a), count, products);
  const columns = Math.min(m, count + oversampling);
  const random = Random.of('spectrum');
  const at = transpose(a);
  const start = matrix(
    n,
    columns,
    Float64Array.from({ length: n * columns }, () => random.normal()),
  );
  let basis = thinQr(await products.multiply(a, start)).q;
  for (let pass = 0; pass < powerPasses; pass++) {
    const rows = await products.multiply(at, basis);
    basis = thinQr(await products.multiply(a, rows)).q;
  }
  const projected = await products.multiply(transpose(basis), a);
  const { values } = symmetricEigen(await products.gram(projected));
  return Array.from(values.subarray(0, count), (value) => Math.sqrt(Math.max(0, value)));
}

/**
 * The energy beyond each rank 0 .. length, at most: exact up to the leading values given; beyond them what is left is
 * spread evenly, which is the most that falling values allow.
 * @param energy of the whole matrix
 * @param length the number of its singular values
 */
export function tailEnergies(leading: readonly number[], energy: number, length: number): Float64Array {
  const tails = new Float64Array(length + 1);
  let left = energy;
  for (let rank = 0; rank <= Math.min(leading.length, length); rank++) {
    tails[rank] = Math.max(0, left);
    left -= (leading[rank] ?? 0) ** 2;
  }
  const known = Math.min(leading.length, length);
  for (let rank = known + 1; rank < length; rank++) {
    tails[rank] = (tails[known] * (length - rank)) / (length - known);
  }
  if (length > known) tails[length] = 0;
  return tails;
}
