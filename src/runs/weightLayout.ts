import type { CheckpointFormat } from '../source/checkpoints/checkpoint';
import { float64, sizeOf, type Tensor } from '../tensor/tensor';

/** How a framework stores the weight of a layer and names the parts of a Sequential. */
export interface WeightLayout {
  /** The stored weight as `[O, I, ...k]`. */
  read(weight: Tensor<Float64Array>): Tensor<Float64Array>;
  /** A weight `[O, I, ...k]` as it is stored. */
  write(weight: Tensor<Float64Array>): Tensor<Float64Array>;
  /** The name of a parameter of one part. */
  part(path: string, index: number, parameter: 'weight' | 'bias'): string;
}

/** PyTorch: `[O, I, ...k]`. */
const torch: WeightLayout = {
  read: (weight) => weight,
  write: (weight) => weight,
  part: (path, index, parameter) => `${path}.${index}.${parameter}`,
};

/** Keras: `[...k, I, O]`. */
const keras: WeightLayout = {
  read: (weight) => turned(weight, [weight.dims.length - 1, weight.dims.length - 2, ...axes(weight.dims.length - 2)]),
  write: (weight) => turned(weight, [...axes(weight.dims.length - 2).map((axis) => axis + 2), 1, 0]),
  part: (path, index, parameter) => `${path}/${index}/${parameter === 'weight' ? 'kernel' : 'bias'}`,
};

/** The layout of a kind of checkpoint; `.safetensors` is PyTorch's. */
export function layoutOf(format: CheckpointFormat): WeightLayout {
  return format === 'keras' ? keras : torch;
}

const axes = (count: number): number[] => Array.from({ length: count }, (_, axis) => axis);

/** The tensor with its axes in another order. */
function turned({ dims, data }: Tensor<Float64Array>, order: readonly number[]): Tensor<Float64Array> {
  const result = float64(order.map((axis) => dims[axis]));
  const strides = dims.map((_, axis) => sizeOf(dims.slice(axis + 1)));
  const index = order.map(() => 0);
  for (let to = 0; to < result.data.length; to++) {
    result.data[to] = data[order.reduce((sum, axis, i) => sum + index[i] * strides[axis], 0)];
    for (let i = order.length - 1; i >= 0 && ++index[i] === result.dims[i]; i--) index[i] = 0;
  }
  return result;
}
