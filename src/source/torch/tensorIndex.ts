import type { Machine } from '../evaluate/machine';
import { sliceBounds } from '../evaluate/slices';
import { Tensor } from '../values/tensor';
import { Ellipsis, List, Slice, Tuple, Unknown, type Value } from '../values/values';
import { asNumber, broadcast, like } from './shapes';

/** `tensor[index]` with numbers, slices, `None`, `...` and other tensors. */
export function indexTensor(machine: Machine, tensor: Tensor, index: Value): Value {
  const given = index instanceof Tuple ? [...index.items] : [index];
  const plain = valueAt(tensor, given);
  if (plain !== undefined) return plain;
  const consumes = (item: Value): number =>
    item === null || item instanceof Ellipsis
      ? 0
      : item instanceof Tensor && item.dtype === 'bool'
        ? item.shape.length
        : 1;
  const consumed = given.reduce<number>((sum, item) => sum + consumes(item), 0);
  const place = given.findIndex((item) => item instanceof Ellipsis);
  const fill = Array<Value>(Math.max(0, tensor.shape.length - consumed)).fill(new Slice(null, null, null));
  const items = place < 0 ? [...given, ...fill] : [...given.slice(0, place), ...fill, ...given.slice(place + 1)];
  const shape: number[] = [];
  let picked: readonly number[] | undefined;
  let pickedAt = 0;
  let at = 0;
  for (const item of items) {
    if (item === null) shape.push(1);
    else if (item instanceof Slice) shape.push(sliced(item, tensor.shape[at++]));
    else if (item instanceof Tensor || item instanceof List) {
      const own = item instanceof List ? [item.items.length] : item.dtype === 'bool' ? [NaN] : item.shape;
      if (picked === undefined) pickedAt = shape.length;
      picked = picked === undefined ? own : broadcast(picked, own);
      at += consumes(item);
    } else if (item instanceof Unknown) {
      // A number or a slice: the number of dimensions is open.
      return item;
    } else at++;
  }
  if (picked !== undefined) shape.splice(pickedAt, 0, ...picked);
  void machine;
  const result = like(tensor, shape);
  result.origin = tensor.parameter ? tensor : tensor.origin;
  return result;
}

/** One element of a known one-dimensional tensor. */
function valueAt(tensor: Tensor, [index, ...more]: readonly Value[]): Tensor | undefined {
  if (tensor.data === undefined || tensor.shape.length !== 1 || more.length > 0) return undefined;
  if (index instanceof Slice) {
    const places = sliceBounds(index, tensor.shape[0]);
    const { data } = tensor;
    return places === undefined
      ? undefined
      : new Tensor(
          [places.length],
          tensor.dtype,
          places.map((place) => data[place]),
        );
  }
  if (typeof index !== 'number') return undefined;
  const value = tensor.data[index < 0 ? index + tensor.data.length : index];
  return value === undefined ? undefined : new Tensor([], tensor.dtype, [value]);
}

function sliced(slice: Slice, size: number): number {
  if (slice.lower === null && slice.upper === null && (slice.step === null || slice.step === 1)) return size;
  if (Number.isNaN(size)) {
    const lower = slice.lower === null ? 0 : asNumber(slice.lower);
    const upper = asNumber(slice.upper ?? undefined);
    return lower >= 0 && upper >= 0 && slice.step === null ? upper - lower : NaN;
  }
  return sliceBounds(slice, size)?.length ?? NaN;
}

export function selectAt(tensor: Tensor, at: number): Tensor {
  return like(
    tensor,
    tensor.shape.filter((_, place) => place !== at),
  );
}
