import { float64, type Tensor } from './tensor';

/** A dense row-major float64 matrix: a tensor with two dimensions. */
export type Matrix = Tensor<Float64Array>;

/** A matrix of zeros, or of the elements given row by row. Throws when they do not fill it. */
export function matrix(rows: number, columns: number, data?: ArrayLike<number>): Matrix {
  return float64([rows, columns], data);
}

/** Rows and columns. Throws when the tensor has another number of dimensions. */
export function sizesOf({ dims }: Tensor): readonly [rows: number, columns: number] {
  if (dims.length !== 2) throw new RangeError(`A tensor of ${dims.join('x') || 'rank 0'} is not a matrix.`);
  return [dims[0], dims[1]];
}

/** The transpose. `a: [m, n]`, result `[n, m]`. */
export function transpose(a: Matrix): Matrix {
  const [rows, columns] = sizesOf(a);
  const result = matrix(columns, rows);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) result.data[j * rows + i] = a.data[i * columns + j];
  return result;
}

/** The first `count` columns. `a: [m, n]`, result `[m, min(count, n)]`. */
export function leadingColumns(a: Matrix, count: number): Matrix {
  const [rows, columns] = sizesOf(a);
  const kept = Math.min(count, columns);
  if (kept === columns) return a;
  const result = matrix(rows, kept);
  for (let i = 0; i < rows; i++) result.data.set(a.data.subarray(i * columns, i * columns + kept), i * kept);
  return result;
}
