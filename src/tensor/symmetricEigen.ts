import { matrix, sizesOf, type Matrix } from './matrix';

/** Eigenvalues in falling order, and the orthonormal eigenvectors as the **rows** of `vectors: [n, n]`. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: Matrix;
}

/** QL steps allowed for one eigenvalue; two or three are usual and more than 30 have not been seen. */
const mostSteps = 60;

/**
 * Eigen decomposition of a symmetric matrix `a: [n, n]` (its lower triangle is read): Householder reduction to
 * tridiagonal form, then QL steps with implicit shifts (Golub and Van Loan, Matrix Computations, 8.3). All loops run
 * along rows. Each vector's entry of largest magnitude is positive, so that the result does not hang on a sign.
 * Throws a RangeError when the matrix is not square or holds a number that is not finite.
 */
export function symmetricEigen(a: Matrix): SymmetricEigen {
  const [n, columns] = sizesOf(a);
  if (n !== columns) throw new RangeError(`A ${n}x${columns} matrix is not square.`);
  if (!a.data.every(Number.isFinite)) throw new RangeError('The matrix holds numbers that are not finite.');
  const form = tridiagonalise(a.data, n);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  diagonalise(form.diagonal, form.offDiagonal, vectors, n);
  reflectBack(form, vectors, n);
  return sorted(form.diagonal, vectors, n);
}

/** `a = Q T Qᵀ` with T tridiagonal; Q is the product of the reflections I - v vᵀ / h. */
interface TridiagonalForm {
  readonly diagonal: Float64Array;
  /** Entry i stands between i and i + 1; the last is 0. */
  readonly offDiagonal: Float64Array;
  /** Row i holds, in its first i entries, the vector v of the reflection that cleared row i. */
  readonly reflectors: Float64Array;
  /** h of each row's reflection; 0 where there was nothing to clear. */
  readonly halves: Float64Array;
}

function tridiagonalise(a: Float64Array, n: number): TridiagonalForm {
  const work = a.slice();
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const halves = new Float64Array(n);
  const product = new Float64Array(n);
  for (let i = n - 1; i >= 1; i--) {
    const row = work.subarray(i * n, i * n + i);
    diagonal[i] = work[i * n + i];
    let scale = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(row[k]);
    if (i === 1 || scale === 0) {
      offDiagonal[i - 1] = row[i - 1];
      continue;
    }
    let square = 0;
    for (let k = 0; k < i; k++) {
      row[k] /= scale;
      square += row[k] * row[k];
    }
    const last = row[i - 1];
    const length = last >= 0 ? -Math.sqrt(square) : Math.sqrt(square);
    offDiagonal[i - 1] = scale * length;
    row[i - 1] = last - length;
    const half = square - last * length;
    halves[i] = half;
    rankTwoUpdate(work, n, i, row, half, product);
  }
  diagonal[0] = work[0];
  return { diagonal, offDiagonal, reflectors: work, halves };
}

/** Applies the reflection of `v` to both sides of the leading i x i block, lower triangle only. */
function rankTwoUpdate(
  work: Float64Array,
  n: number,
  i: number,
  v: Float64Array,
  half: number,
  product: Float64Array,
): void {
  product.fill(0, 0, i);
  for (let j = 0; j < i; j++) {
    const at = j * n;
    const vj = v[j];
    let sum = 0;
    for (let k = 0; k < j; k++) {
      const entry = work[at + k];
      sum += entry * v[k];
      product[k] += entry * vj;
    }
    product[j] += sum + work[at + j] * vj;
  }
  let overlap = 0;
  for (let j = 0; j < i; j++) {
    product[j] /= half;
    overlap += product[j] * v[j];
  }
  overlap /= 2 * half;
  for (let j = 0; j < i; j++) product[j] -= overlap * v[j];
  for (let j = 0; j < i; j++) {
    const at = j * n;
    const vj = v[j];
    const pj = product[j];
    for (let k = 0; k <= j; k++) work[at + k] -= vj * product[k] + pj * v[k];
  }
}

/** QL with implicit shifts on a tridiagonal matrix; its rotations are applied to the rows of `vectors`. */
function diagonalise(d: Float64Array, e: Float64Array, vectors: Float64Array, n: number): void {
  for (let l = 0; l < n; l++) {
    for (let step = 0; ; step++) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]) > Number.EPSILON * 0.5 * (Math.abs(d[m]) + Math.abs(d[m + 1]))) m++;
      if (m === l) break;
      if (step === mostSteps) throw new RangeError('The eigenvalues of the matrix do not converge.');
      qlStep(d, e, vectors, n, l, m);
    }
  }
}

function qlStep(d: Float64Array, e: Float64Array, vectors: Float64Array, n: number, l: number, m: number): void {
  const slope = (d[l + 1] - d[l]) / (2 * e[l]);
  let g = d[m] - d[l] + e[l] / (slope + (slope >= 0 ? 1 : -1) * Math.sqrt(slope * slope + 1));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = m - 1; i >= l; i--) {
    const f = sine * e[i];
    const b = cosine * e[i];
    const radius = Math.sqrt(f * f + g * g);
    e[i + 1] = radius;
    if (radius === 0) {
      // The matrix falls apart here; the two halves are taken on their own.
      d[i + 1] -= shift;
      e[m] = 0;
      return;
    }
    sine = f / radius;
    cosine = g / radius;
    g = d[i + 1] - shift;
    const t = (d[i] - g) * sine + 2 * cosine * b;
    shift = sine * t;
    d[i + 1] = g + shift;
    g = cosine * t - b;
    rotateRows(vectors, i * n, i * n + n, n, sine, cosine);
  }
  d[l] -= shift;
  e[l] = g;
  e[m] = 0;
}

function rotateRows(data: Float64Array, upper: number, lower: number, n: number, sine: number, cosine: number): void {
  for (let k = 0; k < n; k++) {
    const x = data[upper + k];
    const y = data[lower + k];
    data[lower + k] = sine * x + cosine * y;
    data[upper + k] = cosine * x - sine * y;
  }
}

/** Turns eigenvectors of the tridiagonal form (rows) into those of the matrix. */
function reflectBack({ reflectors, halves }: TridiagonalForm, vectors: Float64Array, n: number): void {
  // Two vectors at a time, so that the reflectors are read half as often. An odd last one goes through twice as a copy.
  for (let q = 0; q < n; q += 2) {
    const first = vectors.subarray(q * n, q * n + n);
    const second = q + 1 < n ? vectors.subarray(q * n + n, q * n + 2 * n) : first.slice();
    for (let i = 2; i < n; i++) {
      if (halves[i] === 0) continue;
      const reflector = reflectors.subarray(i * n, i * n + i);
      let x = 0;
      let y = 0;
      for (let k = 0; k < i; k++) {
        x += reflector[k] * first[k];
        y += reflector[k] * second[k];
      }
      x /= halves[i];
      y /= halves[i];
      for (let k = 0; k < i; k++) {
        first[k] -= x * reflector[k];
        second[k] -= y * reflector[k];
      }
    }
  }
}

function sorted(values: Float64Array, vectors: Float64Array, n: number): SymmetricEigen {
  const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a]);
  const result = matrix(n, n);
  for (const [i, source] of order.entries()) {
    const vector = vectors.subarray(source * n, source * n + n);
    let largest = 0;
    for (const entry of vector) if (Math.abs(entry) > Math.abs(largest)) largest = entry;
    for (let k = 0; k < n; k++) result.data[i * n + k] = largest < 0 ? -vector[k] : vector[k];
  }
  return { values: Float64Array.from(order, (i) => values[i]), vectors: result };
}
