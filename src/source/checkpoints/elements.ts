import { arrayOf, type ElementType, type Tensor, type TypedArray } from '../../tensor/tensor';

/** Little-endian bytes as the typed array of an element type; shares the bytes where their place in the buffer allows. */
export function fromBytes(type: ElementType, bytes: Uint8Array): TypedArray {
  const size = arrayOf[type].BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new arrayOf[type](aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / size);
}

/** The elements of a tensor as little-endian bytes. Shares the memory. */
export function toBytes({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * The elements of a strided view, row by row.
 * @param data the stretch of the storage that the view reaches over, from its first element on
 * @param strides elements from one index to the next, for each dimension; none is negative
 */
export function gathered(data: TypedArray, dims: readonly number[], strides: readonly number[]): TypedArray {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const result = new (data.constructor as new (length: number) => TypedArray)(count);
  if (count === 0) return result;
  const last = dims.length - 1;
  const inner = last < 0 ? 1 : dims[last];
  const step = last < 0 ? 1 : strides[last];
  const index = new Array<number>(Math.max(last, 0)).fill(0);
  let from = 0;
  for (let to = 0; to < count;) {
    for (let k = 0, at = from; k < inner; k++, at += step) result[to++] = data[at];
    for (let axis = last - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < dims[axis]) break;
      from -= strides[axis] * dims[axis];
      index[axis] = 0;
    }
  }
  return result;
}

/** Whether a view with these strides has its elements one after the other. */
export function isContiguous(dims: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (dims[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= dims[axis];
  }
  return true;
}
