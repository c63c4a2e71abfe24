import { Raised } from '../../evaluate/raised';
import { elementsOf, Tensor } from '../../values/tensor';
import { List, Tuple, Unknown, type Value } from '../../values/values';
import {
  asNumber,
  asNumbers,
  axis,
  broadcast,
  derived,
  itemsOr,
  like,
  reshaped,
  same,
  shapeText,
  sizesOf,
  sizeValue,
} from '../shapes';
import { selectAt } from '../tensorIndex';
import { onTensor, onValues, type FunctionTable, type TensorFunction } from './define';

function moved(tensor: Tensor, order: readonly number[]): Tensor {
  const result = like(
    tensor,
    order.map((at) => tensor.shape[at] ?? NaN),
  );
  result.origin = tensor.parameter ? tensor : tensor.origin;
  return result;
}

function swapped(tensor: Tensor, a: Value, b: Value): Tensor {
  const rank = tensor.shape.length;
  const order = tensor.shape.map((_, at) => at);
  const x = axis(a, rank);
  const y = axis(b, rank);
  [order[x], order[y]] = [order[y], order[x]];
  return moved(tensor, order);
}

function pieces(tensor: Tensor, sizes: readonly number[], at: number): Tuple {
  const { data } = tensor;
  if (data !== undefined && tensor.shape.length === 1) {
    let start = 0;
    return new Tuple(sizes.map((size) => new Tensor([size], tensor.dtype, data.slice(start, (start += size)))));
  }
  return new Tuple(
    sizes.map((size) =>
      like(
        tensor,
        tensor.shape.map((own, place) => (place === at ? size : own)),
      ),
    ),
  );
}

function split(tensor: Tensor, size: Value, dim: Value): Value {
  const at = axis(dim, tensor.shape.length);
  const total = tensor.shape[at];
  if (size instanceof List || size instanceof Tuple) return pieces(tensor, asNumbers(size), at);
  const each = asNumber(size);
  if (Number.isNaN(each) || Number.isNaN(total)) return new Unknown('a split of unknown sizes');
  const sizes: number[] = [];
  for (let start = 0; start < total; start += each) sizes.push(Math.min(each, total - start));
  return pieces(tensor, sizes, at);
}

/** Pieces whose sizes differ by one at most, or those between given places. */
function cut(tensor: Tensor, where: Value, dim: Value): Value {
  const at = axis(dim, tensor.shape.length);
  const total = tensor.shape[at];
  if (Number.isNaN(total)) return new Unknown('a split of unknown sizes');
  if (where instanceof List || where instanceof Tuple) {
    const ends = [...asNumbers(where), total].map((end) => Math.min(end < 0 ? end + total : end, total));
    return pieces(
      tensor,
      ends.map((end, place) => Math.max(0, end - (ends[place - 1] ?? 0))),
      at,
    );
  }
  const count = asNumber(where);
  if (Number.isNaN(count)) return new Unknown('a split of unknown sizes');
  return pieces(
    tensor,
    Array.from({ length: count }, (_, place) => Math.floor(total / count) + (place < total % count ? 1 : 0)),
    at,
  );
}

/** Tensors that are joined, with at least so many dimensions: `fill` says how they are added. */
function joined(dim: number, fill: (shape: readonly number[]) => readonly number[]): TensorFunction {
  return onValues('tensors, *, out=None', ({ tensors }, machine) =>
    concatenated(
      itemsOr(machine, tensors).map((tensor) =>
        tensor instanceof Tensor ? derived(tensor, fill(tensor.shape)) : tensor,
      ),
      dim,
    ),
  );
}

function concatenated(tensors: readonly Value[], dim: Value): Value {
  const unknown = tensors.find((tensor) => tensor instanceof Unknown);
  const all = tensors.filter((tensor) => tensor instanceof Tensor);
  if (all.length === 0) return unknown instanceof Unknown ? unknown : new Unknown('nothing to join');
  // `torch.empty(0)` may be joined with anything.
  const filled = all.filter(({ shape }) => !(shape.length === 1 && shape[0] === 0));
  const known = filled.length === 0 ? all : filled;
  const [first] = known;
  const at = axis(dim, first.shape.length);
  const shape = first.shape.map((_, place) => {
    if (place === at) return unknown === undefined ? known.reduce((sum, tensor) => sum + tensor.shape[place], 0) : NaN;
    const sizes = known.map((tensor) => tensor.shape[place]).filter((size) => !Number.isNaN(size));
    if (sizes.some((size) => size !== sizes[0]))
      throw new Raised('RuntimeError', `cannot join ${known.map((tensor) => shapeText(tensor.shape)).join(', ')}`);
    return sizes[0] ?? NaN;
  });
  const data = known.every((tensor) => tensor.data !== undefined && tensor.shape.length === 1)
    ? known.flatMap((tensor) => tensor.data!)
    : undefined;
  return new Tensor(shape, first.dtype, data);
}

function stacked(tensors: readonly Value[], dim: Value): Value {
  const first = tensors.find((tensor) => tensor instanceof Tensor);
  if (first === undefined) return new Unknown('nothing to stack');
  const shape = [...first.shape];
  const place = asNumber(dim);
  shape.splice(place < 0 ? place + shape.length + 1 : place, 0, tensors.length);
  return like(first, shape);
}

function expanded(tensor: Tensor, sizes: readonly number[]): Tensor {
  const shape = sizes.map((size, at) => {
    const own = tensor.shape[at - sizes.length + tensor.shape.length];
    return size === -1 ? (own ?? NaN) : size;
  });
  broadcast(tensor.shape, shape);
  return like(tensor, shape);
}

function flattened(tensor: Tensor, start: Value, end: Value): Tensor {
  const rank = tensor.shape.length;
  if (rank === 0) return derived(tensor, [1]);
  const from = axis(start, rank);
  const to = axis(end, rank);
  const middle = elementsOf(tensor.shape.slice(from, to + 1));
  return derived(tensor, [...tensor.shape.slice(0, from), middle, ...tensor.shape.slice(to + 1)]);
}

function squeezed(tensor: Tensor, dim: Value): Tensor {
  if (dim === null)
    return derived(
      tensor,
      tensor.shape.filter((size) => size !== 1),
    );
  const places = asNumbers(dim).map((place) => axis(place, tensor.shape.length));
  return derived(
    tensor,
    tensor.shape.filter((size, at) => !(size === 1 && places.includes(at))),
  );
}

export const shapeFunctions: FunctionTable = {
  view: onTensor('input, *size, dtype=None', (tensor, { size, dtype }) => {
    // view(dtype) only changes the type.
    if (dtype !== null || (size instanceof Tuple && typeof size.items[0] === 'string')) return same(tensor);
    return derived(tensor, reshaped(tensor.shape, sizesOf(size)));
  }),
  reshape: onTensor('input, *shape', (tensor, { shape }) => derived(tensor, reshaped(tensor.shape, sizesOf(shape)))),
  view_as: onTensor('input, other', (tensor, { other }) =>
    other instanceof Tensor ? derived(tensor, other.shape) : other,
  ),
  reshape_as: onTensor('input, other', (tensor, { other }) =>
    other instanceof Tensor ? derived(tensor, other.shape) : other,
  ),
  flatten: onTensor('input, start_dim=0, end_dim=-1', (tensor, { start_dim, end_dim }) =>
    flattened(tensor, start_dim, end_dim),
  ),
  ravel: onTensor('input', (tensor) => flattened(tensor, 0, -1)),
  unflatten: onTensor('input, dim, sizes', (tensor, { dim, sizes }) => {
    const at = axis(dim, tensor.shape.length);
    const inner = reshaped([tensor.shape[at]], asNumbers(sizes));
    return derived(tensor, [...tensor.shape.slice(0, at), ...inner, ...tensor.shape.slice(at + 1)]);
  }),
  squeeze: onTensor('input, dim=None', (tensor, { dim }) => squeezed(tensor, dim)),
  unsqueeze: onTensor('input, dim', (tensor, { dim }) => {
    const shape = [...tensor.shape];
    const at = asNumber(dim);
    shape.splice(at < 0 ? at + shape.length + 1 : at, 0, 1);
    return derived(tensor, shape);
  }),
  permute: onTensor('input, *dims', (tensor, { dims }) =>
    moved(
      tensor,
      sizesOf(dims).map((place) => axis(place, tensor.shape.length)),
    ),
  ),
  transpose: onTensor('input, dim0, dim1', (tensor, { dim0, dim1 }) => swapped(tensor, dim0, dim1)),
  swapaxes: onTensor('input, axis0, axis1', (tensor, { axis0, axis1 }) => swapped(tensor, axis0, axis1)),
  swapdims: onTensor('input, dim0, dim1', (tensor, { dim0, dim1 }) => swapped(tensor, dim0, dim1)),
  rot90: onTensor('input, k=1, dims=(0, 1)', (tensor, { k, dims }, machine) => {
    const [from = null, to = null] = itemsOr(machine, dims);
    return asNumber(k) % 2 === 0 ? like(tensor, tensor.shape) : swapped(tensor, from, to);
  }),
  as_strided: onTensor('input, size, stride, storage_offset=None', (tensor, { size }) => like(tensor, asNumbers(size))),
  t: onTensor('input', (tensor) => moved(tensor, tensor.shape.map((_, at) => at).reverse())),
  movedim: onTensor('input, source, destination', (tensor, { source, destination }) => {
    const rank = tensor.shape.length;
    const from = asNumbers(source).map((place) => axis(place, rank));
    const to = asNumbers(destination).map((place) => axis(place, rank));
    const order: (number | undefined)[] = tensor.shape.map(() => undefined);
    from.forEach((place, at) => (order[to[at]] = place));
    const rest = tensor.shape.map((_, at) => at).filter((at) => !from.includes(at));
    return moved(
      tensor,
      order.map((place) => place ?? rest.shift()!),
    );
  }),
  expand: onTensor('input, *size, implicit=False', (tensor, { size }) => expanded(tensor, sizesOf(size))),
  expand_as: onTensor('input, other', (tensor, { other }) =>
    other instanceof Tensor ? like(tensor, other.shape) : other,
  ),
  broadcast_to: onTensor('input, shape', (tensor, { shape }) => expanded(tensor, asNumbers(shape))),
  repeat: onTensor('input, *repeats', (tensor, { repeats }) => {
    const times = sizesOf(repeats);
    return like(
      tensor,
      times.map((factor, at) => factor * (tensor.shape[at - times.length + tensor.shape.length] ?? 1)),
    );
  }),
  tile: onTensor('input, *dims', (tensor, { dims }) => {
    const times = sizesOf(dims);
    const rank = Math.max(times.length, tensor.shape.length);
    return like(
      tensor,
      Array.from(
        { length: rank },
        (_, at) => (times[at - rank + times.length] ?? 1) * (tensor.shape[at - rank + tensor.shape.length] ?? 1),
      ),
    );
  }),
  repeat_interleave: onTensor('input, repeats, dim=None', (tensor, { repeats, dim }) => {
    const factor = asNumber(repeats);
    if (dim === null) return like(tensor, [elementsOf(tensor.shape) * factor]);
    const at = axis(dim, tensor.shape.length);
    return like(
      tensor,
      tensor.shape.map((size, place) => (place === at ? size * factor : size)),
    );
  }),
  cat: onValues('tensors, dim=0, *, out=None', ({ tensors, dim }, machine) =>
    concatenated(itemsOr(machine, tensors), dim),
  ),
  stack: onValues('tensors, dim=0, *, out=None', ({ tensors, dim }, machine) =>
    stacked(itemsOr(machine, tensors), dim),
  ),
  hstack: onValues('tensors', ({ tensors }, machine) => {
    const items = itemsOr(machine, tensors);
    const [first] = items;
    return concatenated(items, first instanceof Tensor && first.shape.length === 1 ? 0 : 1);
  }),
  vstack: joined(0, (shape) => (shape.length < 2 ? [1, shape[0] ?? 1] : shape)),
  dstack: joined(2, (shape) => (shape.length < 2 ? [1, shape[0] ?? 1, 1] : shape.length < 3 ? [...shape, 1] : shape)),
  column_stack: joined(1, (shape) => (shape.length < 2 ? [shape[0] ?? 1, 1] : shape)),
  chunk: onTensor('input, chunks, dim=0', (tensor, { chunks, dim }) => {
    const at = axis(dim, tensor.shape.length);
    return split(tensor, Math.ceil(tensor.shape[at] / asNumber(chunks)), dim);
  }),
  tensor_split: onTensor('input, sections=None, dim=0, *, indices=None, indices_or_sections=None', (tensor, bound) =>
    cut(tensor, bound.sections ?? bound.indices ?? bound.indices_or_sections, bound.dim),
  ),
  ...Object.fromEntries(
    ['vsplit', 'hsplit', 'dsplit'].map((name, dim) => [
      name,
      onTensor('input, sections=None, *, indices=None', (tensor, { sections, indices }) =>
        cut(tensor, sections ?? indices, Math.min(dim, tensor.shape.length - 1)),
      ),
    ]),
  ),
  // The method of a tensor calls its argument `split_size`.
  split: onTensor('input, split_size_or_sections=None, dim=0, *, split_size=None', (tensor, bound) =>
    split(tensor, bound.split_size_or_sections ?? bound.split_size, bound.dim),
  ),
  split_with_sizes: onTensor('input, split_sizes, dim=0', (tensor, { split_sizes, dim }) =>
    split(tensor, split_sizes, dim),
  ),
  unbind: onTensor('input, dim=0', (tensor, { dim }) => {
    const at = axis(dim, tensor.shape.length);
    const count = tensor.shape[at];
    if (Number.isNaN(count)) return new Unknown('a split of unknown sizes');
    return new Tuple(
      Array.from({ length: count }, () =>
        like(
          tensor,
          tensor.shape.filter((_, place) => place !== at),
        ),
      ),
    );
  }),
  narrow: onTensor('input, dim, start, length', (tensor, { dim, length }) => {
    const at = axis(dim, tensor.shape.length);
    return like(
      tensor,
      tensor.shape.map((size, place) => (place === at ? asNumber(length) : size)),
    );
  }),
  select: onTensor('input, dim, index', (tensor, { dim }) => selectAt(tensor, axis(dim, tensor.shape.length))),
  index_select: onTensor('input, dim, index', (tensor, { dim, index }) => {
    const at = axis(dim, tensor.shape.length);
    const count = index instanceof Tensor ? elementsOf(index.shape) : NaN;
    return like(
      tensor,
      tensor.shape.map((size, place) => (place === at ? count : size)),
    );
  }),
  gather: onTensor('input, dim, index', (tensor, { index }) =>
    index instanceof Tensor ? like(tensor, index.shape) : index,
  ),
  diag: onTensor('input, diagonal=0', (tensor) =>
    like(tensor, tensor.shape.length === 1 ? [tensor.shape[0], tensor.shape[0]] : [Math.min(...tensor.shape)]),
  ),
  diagonal: onTensor('input, offset=0, dim1=0, dim2=1', (tensor, { dim1, dim2 }) => {
    const places = [dim1, dim2].map((dim) => axis(dim, tensor.shape.length));
    const kept = tensor.shape.filter((_, at) => !places.includes(at));
    return like(tensor, [...kept, Math.min(...places.map((at) => tensor.shape[at]))]);
  }),
  diag_embed: onTensor('input, offset=0, dim1=-2, dim2=-1', (tensor) =>
    like(tensor, [...tensor.shape, tensor.shape[tensor.shape.length - 1]]),
  ),
  take_along_dim: onTensor('input, indices, dim=None', (tensor, { indices }) =>
    indices instanceof Tensor ? like(tensor, indices.shape) : indices,
  ),
  // How many they find is told by values.
  masked_select: onTensor('input, mask', (tensor) => like(tensor, [NaN])),
  nonzero: onTensor('input, *, as_tuple=False', (tensor, { as_tuple }) =>
    as_tuple === true
      ? new Tuple(tensor.shape.map(() => new Tensor([NaN], 'int64')))
      : new Tensor([NaN, tensor.shape.length], 'int64'),
  ),
  multinomial: onTensor(
    'input, num_samples, *args, **kwargs',
    (tensor, { num_samples }) => new Tensor([...tensor.shape.slice(0, -1), asNumber(num_samples)], 'int64'),
  ),
  searchsorted: onTensor('sorted_sequence, input, **kwargs', (_, { input }) =>
    input instanceof Tensor ? new Tensor(input.shape, 'int64') : input,
  ),
  broadcast_tensors: onValues('*tensors', ({ tensors }, machine) => {
    const given = itemsOr(machine, tensors).filter((tensor) => tensor instanceof Tensor);
    const shape = given.reduce<readonly number[]>((all, { shape: own }) => broadcast(all, own), []);
    return new Tuple(given.map((tensor) => like(tensor, shape)));
  }),
  is_complex: onTensor('input', () => false),
  pad: onTensor("input, pad, mode='constant', value=None", (tensor, { pad }) => {
    const amounts = asNumbers(pad);
    const rank = tensor.shape.length;
    return like(
      tensor,
      tensor.shape.map((size, at) => {
        const place = 2 * (rank - 1 - at);
        return size + (amounts[place] ?? 0) + (amounts[place + 1] ?? 0);
      }),
    );
  }),
  size: onTensor('input, dim=None', (tensor, { dim }) =>
    dim === null ? new Tuple(tensor.shape.map(sizeValue)) : sizeValue(tensor.shape[axis(dim, tensor.shape.length)]),
  ),
  // As if it were contiguous.
  stride: onTensor('input, dim=None', ({ shape }, { dim }) => {
    const strides = shape.map((_, at) => sizeValue(elementsOf(shape.slice(at + 1))));
    return dim === null ? new Tuple(strides) : strides[axis(dim, shape.length)];
  }),
  dim: onTensor('input', (tensor) => tensor.shape.length),
  ndimension: onTensor('input', (tensor) => tensor.shape.length),
  numel: onTensor('input', (tensor) => sizeValue(elementsOf(tensor.shape))),
  nelement: onTensor('input', (tensor) => sizeValue(elementsOf(tensor.shape))),
};
