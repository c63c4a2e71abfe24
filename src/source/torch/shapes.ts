import { Raised } from '../evaluate/raised';
import type { Machine } from '../evaluate/machine';
import { elementsOf, Tensor, type Dims } from '../values/tensor';
import { Float, List, Range, Tuple, Unknown, type Value } from '../values/values';

/** A whole number, NaN when it is unknown. */
export function asNumber(value: Value | undefined): number {
  if (typeof value === 'number') return value;
  if (value instanceof Float) return value.value;
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof Tensor && value.data?.length === 1) return value.data[0];
  return NaN;
}

/** Numbers of a list or tuple; a single number as a list of one. */
export function asNumbers(value: Value | undefined): number[] {
  if (value instanceof List || value instanceof Tuple) return value.items.map(asNumber);
  if (value instanceof Range) return Array.from({ length: value.length }, (_, at) => value.start + at * value.step);
  return [asNumber(value)];
}

/** One number for each of `count` spatial dimensions. */
export function perDimension(value: Value | undefined, count: number): number[] {
  const numbers = asNumbers(value);
  if (numbers.length === count) return numbers;
  return new Array<number>(count).fill(numbers.length === 1 ? numbers[0] : NaN);
}

/** Sizes given as `f(a, b)`, `f((a, b))` or `f(x.shape)`. */
export function sizesOf(values: Value): number[] {
  if (values instanceof Tuple && values.items.length === 1) {
    const [only] = values.items;
    if (only instanceof List || only instanceof Tuple) return only.items.map(asNumber);
  }
  return asNumbers(values);
}

/** A size as Python sees it: unknown when it is not known. */
export function sizeValue(size: number): Value {
  return Number.isNaN(size) ? new Unknown('a size that is not known') : size;
}

export function axis(value: Value | undefined, rank: number): number {
  const place = asNumber(value);
  if (Number.isNaN(place)) return NaN;
  const positive = place < 0 ? place + rank : place;
  if (positive < 0 || positive >= Math.max(rank, 1))
    throw new Raised('IndexError', `dimension ${place} of a tensor with ${rank}`);
  return positive;
}

/** Shape of two shapes broadcast together. Throws when they do not fit. */
export function broadcast(a: Dims, b: Dims): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, at) => {
    const x = a[at - rank + a.length] ?? 1;
    const y = b[at - rank + b.length] ?? 1;
    if (x === 1) return y;
    if (y === 1 || x === y) return x;
    if (Number.isNaN(x)) return y;
    if (Number.isNaN(y)) return x;
    throw new Raised('RuntimeError', `shapes ${shapeText(a)} and ${shapeText(b)} do not fit together`);
  });
}

export function shapeText(shape: Dims): string {
  return shape.length === 0 ? 'scalar' : shape.map((size) => (Number.isNaN(size) ? '?' : size)).join(' x ');
}

/** The shape that `view` or `reshape` gives; one size may be -1. Throws when the number of elements differs. */
export function reshaped(shape: Dims, sizes: readonly number[]): number[] {
  const total = elementsOf(shape);
  const open = sizes.indexOf(-1);
  if (open < 0) {
    const wanted = elementsOf(sizes);
    if (!Number.isNaN(total) && !Number.isNaN(wanted) && total !== wanted)
      throw new Raised('RuntimeError', `${shapeText(shape)} cannot be viewed as ${shapeText(sizes)}`);
    // A single unknown size follows from the others.
    const unknown = sizes.flatMap((size, at) => (Number.isNaN(size) ? [at] : []));
    if (unknown.length === 1 && !Number.isNaN(total)) {
      const rest = elementsOf(sizes.filter((size) => !Number.isNaN(size)));
      return sizes.map((size, at) => (at === unknown[0] && total % rest === 0 ? total / rest : size));
    }
    return [...sizes];
  }
  const rest = elementsOf(sizes.filter((_, at) => at !== open));
  const size = total / rest;
  if (!Number.isNaN(size) && !Number.isInteger(size))
    throw new Raised('RuntimeError', `${shapeText(shape)} cannot be viewed as ${shapeText(sizes)}`);
  return sizes.map((each, at) => (at === open ? size : each));
}

export interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | 'same';
  readonly dilation: readonly number[];
  readonly ceil?: boolean;
}

/** Output sizes of a sliding window (convolution, pooling) over spatial sizes. Throws when nothing is left. */
export function windowed(spatial: Dims, { kernel, stride, padding, dilation, ceil }: Window): number[] {
  return spatial.map((size, at) => {
    if (padding === 'same') return Math.ceil(size / stride[at]);
    const span = dilation[at] * (kernel[at] - 1) + 1;
    const free = size + 2 * padding[at] - span;
    let out = (ceil === true ? Math.ceil(free / stride[at]) : Math.floor(free / stride[at])) + 1;
    // A last window that would start in the padding is dropped.
    if (ceil === true && (out - 1) * stride[at] >= size + padding[at]) out--;
    if (out <= 0)
      throw new Raised('RuntimeError', `a window of ${span} does not fit into ${size} with padding ${padding[at]}`);
    return out;
  });
}

export function same(tensor: Tensor, dtype = tensor.dtype): Tensor {
  return derived(tensor, tensor.shape, dtype);
}

/** A tensor of another shape made of this one's elements in order. */
export function derived(tensor: Tensor, shape: Dims, dtype = tensor.dtype, data = tensor.data): Tensor {
  const keeps = data !== undefined && data.length === elementsOf(shape);
  const result = new Tensor(shape, dtype, keeps ? data : undefined);
  result.origin = tensor.parameter ? tensor : tensor.origin;
  return result;
}

/** A tensor without known values. */
export function like(tensor: Tensor, shape: Dims): Tensor {
  return new Tensor(shape, tensor.dtype);
}

export function itemsOr(machine: Machine, value: Value): readonly Value[] {
  const items = machine.items(value);
  return items instanceof Unknown ? [] : items;
}
