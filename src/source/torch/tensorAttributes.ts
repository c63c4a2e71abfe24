import type { Machine } from '../evaluate/machine';
import { Tensor } from '../values/tensor';
import { BoundMethod, Native, Tuple, Unknown, type Value } from '../values/values';
import { tensorFunction } from './functions/table';
import { derived, like, sizeValue } from './shapes';

const unfoldDimension = new Native('unfold', ({ positional: [tensor, ...given], keywords }) => {
  if (!(tensor instanceof Tensor)) return tensor;
  const [dimension, size, step] = ['dimension', 'size', 'step'].map((name, at) => given[at] ?? keywords.get(name));
  const at = Number(dimension) < 0 ? Number(dimension) + tensor.shape.length : Number(dimension);
  const shape = tensor.shape.map((own, place) =>
    place === at ? Math.floor((own - Number(size)) / Number(step)) + 1 : own,
  );
  return new Tensor([...shape, Number(size)]);
});

/** An attribute or method of a tensor. */
export function tensorAttribute(machine: Machine, tensor: Tensor, name: string): Value | undefined {
  switch (name) {
    case 'shape':
      return new Tuple(tensor.shape.map(sizeValue));
    case 'ndim':
      return tensor.shape.length;
    case 'dtype':
      return `torch.${tensor.dtype}`;
    case 'device':
      return 'cpu';
    case 'requires_grad':
      return tensor.parameter;
    case 'is_cuda':
    case 'is_sparse':
    case 'is_quantized':
      return false;
    case 'grad':
      return null;
    case 'data':
      return derived(tensor, tensor.shape);
    case 'real':
    case 'imag':
      return like(tensor, tensor.shape);
    case 'T':
    case 'H':
    case 'mH':
    case 'mT': {
      const shape = [...tensor.shape];
      if (name === 'T' || name === 'H') shape.reverse();
      else shape.splice(-2, 2, tensor.shape[tensor.shape.length - 1], tensor.shape[tensor.shape.length - 2]);
      const result = derived(tensor, shape, tensor.dtype, undefined);
      return result;
    }
    case 'unfold':
      return new BoundMethod(tensor, unfoldDimension);
    case 'is_contiguous':
    case 'is_floating_point':
      return new Native(name, () => true);
    case 'backward':
    case 'retain_grad':
    case 'register_hook':
      return new Native(name, () => null);
    case '__class__':
      return new Unknown('class of a tensor');
    case '__add__':
    case '__mul__':
      return undefined;
  }
  const native = tensorFunction(name);
  if (native !== undefined) return new BoundMethod(tensor, native);
  if (machine.guarded > 0 || name.startsWith('_')) return undefined;
  return new Unknown(`Tensor.${name} is not modelled`);
}
