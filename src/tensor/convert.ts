import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half';
import { arrayOf, type ElementType, type Tensor } from './tensor';

/** The tensor's values as float32, whatever its element type; the same object when it is float32 already. */
export function toFloat32(tensor: Tensor): Tensor<Float32Array> {
  if (tensor.type === 'float32') return tensor as Tensor<Float32Array>;
  return { type: 'float32', dims: tensor.dims, data: Float32Array.from(numbers(tensor)) };
}

/** The tensor's values as float64. */
export function toFloat64(tensor: Tensor): Tensor<Float64Array> {
  if (tensor.type === 'float64') return tensor as Tensor<Float64Array>;
  return { type: 'float64', dims: tensor.dims, data: Float64Array.from(numbers(tensor)) };
}

/** Values as another element type: halves round to nearest even, integers round to nearest. */
export function castTo(tensor: Tensor, type: ElementType): Tensor {
  if (tensor.type === type) return tensor;
  const source = numbers(tensor);
  const data = new arrayOf[type](tensor.data.length);
  for (let i = 0; i < data.length; i++) {
    const value = source[i];
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(Math.round(value));
    else if (type === 'float16') data[i] = toFloat16(value);
    else if (type === 'bfloat16') data[i] = toBfloat16(value);
    else if (type === 'float32' || type === 'float64') data[i] = value;
    else data[i] = Math.round(value);
  }
  return { type, dims: tensor.dims, data };
}

/** The values as plain numbers. */
export function numbers(tensor: Tensor): ArrayLike<number> {
  if (tensor.type === 'float16') return Array.from(tensor.data as Uint16Array, fromFloat16);
  if (tensor.type === 'bfloat16') return Array.from(tensor.data as Uint16Array, fromBfloat16);
  if (tensor.data instanceof BigInt64Array || tensor.data instanceof BigUint64Array)
    return Array.from(tensor.data, Number);
  return tensor.data;
}
