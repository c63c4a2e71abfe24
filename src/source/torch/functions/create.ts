import { elementsOf, Tensor, type Dtype } from '../../values/tensor';
import { Float, List, Tuple, Unknown, type Value } from '../../values/values';
import type { Machine } from '../../evaluate/machine';
import { asNumber, asNumbers, itemsOr, same, sizesOf } from '../shapes';
import { elementwise, rounded } from '../tensorOperators';
import { onTensor, onValues, type FunctionTable, type TensorFunction } from './define';

const maximumValues = 4096;

function dtypeOf(dtype: Value | undefined, usual: Dtype): Dtype {
  if (typeof dtype !== 'string') return usual;
  if (dtype.includes('bool')) return 'bool';
  return /int|long|short|byte/.test(dtype) ? 'int64' : 'float32';
}

function filled(shape: readonly number[], dtype: Dtype, value: number | undefined): Tensor {
  const size = elementsOf(shape);
  const data = value !== undefined && size <= maximumValues ? Array<number>(size).fill(value) : undefined;
  return new Tensor(shape, dtype, data);
}

function making(value: number | undefined, usual: Dtype = 'float32'): TensorFunction {
  return onValues('*size, dtype=None, **kwargs', ({ size, dtype }) =>
    filled(sizesOf(size), dtypeOf(dtype, usual), value),
  );
}

/** A tensor from nested lists of numbers. */
export function tensorOf(machine: Machine, value: Value, dtype: Value | undefined): Value {
  if (value instanceof Tensor) return value;
  if (value instanceof Unknown) return value;
  const data: number[] = [];
  let float = false;
  const shapeOf = (item: Value): number[] => {
    if (item instanceof List || item instanceof Tuple) {
      const inner = item.items.map(shapeOf);
      return [item.items.length, ...(inner[0] ?? [])];
    }
    if (item instanceof Float) float = true;
    if (item instanceof Tensor) {
      float ||= item.dtype === 'float32';
      data.push(...(item.data ?? [NaN]));
      return [...item.shape];
    }
    data.push(asNumber(item));
    return [];
  };
  void machine;
  const shape = shapeOf(value);
  const type = dtypeOf(dtype, float ? 'float32' : 'int64');
  const known = data.length <= maximumValues && !data.some(Number.isNaN) && data.length === elementsOf(shape);
  return new Tensor(shape, type, known ? data.map((each) => rounded(each, type)) : undefined);
}

/**
 * What the constructor of a type of tensors makes: of sizes, or of data. A tuple of whole numbers may come from a shape, so it
 * has sizes.
 */
export function constructed(machine: Machine, given: Value, dtype: Dtype = 'float32'): Tensor {
  const items = given instanceof Tuple ? given.items : [];
  const [data] = items;
  if (data instanceof Tensor && data.shape.length > 0) return same(data);
  const isData =
    data instanceof List ||
    (data instanceof Tuple && data.items.some((item) => [Float, List, Tuple].some((type) => item instanceof type)));
  if (!isData) return new Tensor(items.length === 0 ? [0] : sizesOf(given), dtype);
  const { shape, data: values } = tensorOf(machine, data, null) as Tensor;
  return new Tensor(
    shape,
    dtype,
    values?.map((value) => rounded(value, dtype)),
  );
}

function range(start: number, end: number, step: number, dtype: Dtype): Tensor {
  const count = Math.max(0, Math.ceil((end - start) / step));
  if (Number.isNaN(count)) return new Tensor([NaN], dtype);
  return new Tensor(
    [count],
    dtype,
    count > maximumValues ? undefined : Array.from({ length: count }, (_, at) => rounded(start + at * step, dtype)),
  );
}

export const createFunctions: FunctionTable = {
  zeros: making(0),
  ones: making(1),
  empty: making(undefined),
  rand: making(undefined),
  randn: making(undefined),
  normal: onValues('mean=0, std=1, size=None, **kwargs', ({ mean, std, size }) =>
    size === null
      ? [mean, std].reduce<Tensor>(
          (all, part) => (part instanceof Tensor ? elementwise(all, part, 'float32') : all),
          new Tensor([]),
        )
      : new Tensor(asNumbers(size)),
  ),
  full: onValues('size, fill_value, *, dtype=None, **kwargs', ({ size, fill_value, dtype }) => {
    const usual = fill_value instanceof Float ? 'float32' : 'int64';
    return filled(asNumbers(size), dtypeOf(dtype, usual), asNumber(fill_value));
  }),
  randint: onValues(
    'low=0, high=None, size=None, **kwargs',
    ({ high, size }) => new Tensor(asNumbers(size ?? high), 'int64'),
  ),
  randperm: onValues('n, **kwargs', ({ n }) => new Tensor([asNumber(n)], 'int64')),
  eye: onValues('n, m=None, **kwargs', ({ n, m }) => new Tensor([asNumber(n), asNumber(m ?? n)])),
  arange: onValues('start=0, end=None, step=1, *, dtype=None, **kwargs', ({ start, end, step, dtype }) => {
    const float = [start, end, step].some((value) => value instanceof Float);
    const [from, to] = end === null ? [0, asNumber(start)] : [asNumber(start), asNumber(end)];
    return range(from, to, asNumber(step), dtypeOf(dtype, float ? 'float32' : 'int64'));
  }),
  linspace: onValues('start, end, steps=100, **kwargs', ({ start, end, steps }) => {
    const count = asNumber(steps);
    const [from, to] = [asNumber(start), asNumber(end)];
    if (Number.isNaN(count)) return new Tensor([NaN]);
    const known = count <= maximumValues && !Number.isNaN(from) && !Number.isNaN(to);
    const step = count > 1 ? (to - from) / (count - 1) : 0;
    return new Tensor(
      [count],
      'float32',
      known ? Array.from({ length: count }, (_, at) => Math.fround(from + at * step)) : undefined,
    );
  }),
  tensor: onValues('data, dtype=None, **kwargs', ({ data, dtype }, machine) => tensorOf(machine, data, dtype)),
  as_tensor: onValues('data, dtype=None, **kwargs', ({ data, dtype }, machine) => tensorOf(machine, data, dtype)),
  from_numpy: onValues('data', ({ data }) => data),
  new_zeros: newLike(0),
  new_ones: newLike(1),
  new_empty: newLike(undefined),
  new_full: onTensor(
    'input, size, fill_value, **kwargs',
    (tensor, { size }) => new Tensor(asNumbers(size), tensor.dtype),
  ),
  new: onTensor('input, *data, **kwargs', (tensor, { data }, machine) => constructed(machine, data, tensor.dtype)),
  new_tensor: onTensor('input, data, **kwargs', (_, { data }, machine) => tensorOf(machine, data, undefined)),
  meshgrid: onValues('*tensors, indexing=None', ({ tensors, indexing }, machine) => {
    let parts = itemsOr(machine, tensors);
    if (parts.length === 1 && !(parts[0] instanceof Tensor)) parts = itemsOr(machine, parts[0]);
    const shape = parts.map((part) => (part instanceof Tensor ? elementsOf(part.shape) : NaN));
    // Rows come before columns.
    if (indexing === 'xy') shape.splice(0, 2, ...shape.slice(0, 2).reverse());
    return new Tuple(parts.map(() => new Tensor(shape)));
  }),
};

function newLike(value: number | undefined): TensorFunction {
  return onTensor('input, *size, **kwargs', (tensor, { size }) => filled(sizesOf(size), tensor.dtype, value));
}
