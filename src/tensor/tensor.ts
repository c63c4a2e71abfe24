/** Dense tensors: an element type, dimensions, and a row-major typed array. */

export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** The array that holds each element type. Half precisions are kept as their 16-bit patterns, booleans as 0 and 1. */
export const arrayOf = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

export type ElementType = keyof typeof arrayOf;

export interface Tensor<A extends TypedArray = TypedArray> {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: A;
}

/** Number of elements of a tensor with these dimensions (1 for a scalar). */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A float32 tensor; zeros when `data` is left out. Throws when the data does not fit the dimensions. */
export function float32(dims: readonly number[], data?: ArrayLike<number>): Tensor<Float32Array> {
  const values =
    data === undefined ? new Float32Array(sizeOf(dims)) : data instanceof Float32Array ? data : Float32Array.from(data);
  return checked({ type: 'float32', dims: [...dims], data: values });
}

/** A float64 tensor; zeros when `data` is left out. */
export function float64(dims: readonly number[], data?: ArrayLike<number>): Tensor<Float64Array> {
  const values =
    data === undefined ? new Float64Array(sizeOf(dims)) : data instanceof Float64Array ? data : Float64Array.from(data);
  return checked({ type: 'float64', dims: [...dims], data: values });
}

/** An int64 tensor from plain numbers. */
export function int64(dims: readonly number[], data: readonly number[]): Tensor<BigInt64Array> {
  return checked({ type: 'int64', dims: [...dims], data: BigInt64Array.from(data, (value) => BigInt(value)) });
}

/** The same elements under other dimensions. */
export function reshape<A extends TypedArray>(tensor: Tensor<A>, dims: readonly number[]): Tensor<A> {
  return checked({ ...tensor, dims: [...dims] });
}

function checked<T extends Tensor>(tensor: T): T {
  if (tensor.data.length !== sizeOf(tensor.dims)) {
    throw new RangeError(
      `${tensor.data.length} elements do not fill a tensor of ${tensor.dims.join('x') || 'rank 0'}.`,
    );
  }
  return tensor;
}
