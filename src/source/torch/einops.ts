import { Raised } from '../evaluate/raised';
import type { Bound } from '../evaluate/signature';
import { elementsOf, Tensor } from '../values/tensor';
import type { Native } from '../values/values';
import { Dict, Unknown, type Instance, type Value } from '../values/values';
import { nativeOf, onValues } from './functions/define';
import { tensorFunction } from './functions/table';
import { attributeOf, defineLayer } from './layers/define';
import { asNumber, itemsOr, like, shapeText } from './shapes';

/** One dimension of a pattern: the axes that it is made of. In brackets, `...` are all that are not named as one. */
type Axes = readonly string[];

/** `...` by itself. */
const open: Axes = ['... as they are'];

function parsed(side: string): Axes[] {
  const parts = side.match(/\([^()]*\)|\.\.\.|\w+/g) ?? [];
  return parts.map((part) => (part === '...' ? open : (part.match(/\.\.\.|\w+/g) ?? [])));
}

/** Sizes of all axes of a pattern's left side and of those that are given. Throws when they do not fit. */
function sizesOf(tensor: Tensor, left: readonly Axes[], given: Value): { sizes: Map<string, number>; rest: number[] } {
  const sizes = new Map<string, number>();
  if (given instanceof Dict)
    for (const { key, value } of given.entries.values()) sizes.set(String(key), asNumber(value));
  const { shape } = tensor;
  const place = left.indexOf(open);
  const count = shape.length - left.length + (place < 0 ? 0 : 1);
  const fail = (): never => {
    const pattern = left.map((axes) => (axes.length === 1 ? axes[0] : `(${axes.join(' ')})`)).join(' ');
    throw new Raised('EinopsError', `${shapeText(shape)} is not ${pattern}`);
  };
  if (count < 0 || (place < 0 && count !== 0)) fail();
  const rest = place < 0 ? [] : shape.slice(place, place + count);
  left.forEach((axes, at) => {
    if (at === place) return;
    const size = shape[place >= 0 && at > place ? at - 1 + count : at];
    const free = axes.filter((axis) => (axis === '_' || !sizes.has(axis)) && !/^\d+$/.test(axis));
    const known = axes
      .filter((axis) => !free.includes(axis))
      .reduce((product, axis) => product * (sizes.get(axis) ?? Number(axis)), 1);
    if (free.length > 1) for (const axis of free) sizes.set(axis, NaN);
    else if (free.length === 1) {
      if (size % known > 0) fail();
      sizes.set(free[0], size / known);
    } else if (size !== known && !Number.isNaN(size) && !Number.isNaN(known)) fail();
  });
  return { sizes, rest };
}

/** `rearrange`, `reduce` and `repeat` differ in which axes the right side may lack or add; for shapes they are one. */
function rearranged(input: Value, pattern: Value, given: Value): Value {
  if (typeof pattern !== 'string') return pattern instanceof Unknown ? pattern : new Unknown('the pattern is unknown');
  if (!(input instanceof Tensor)) return input instanceof Unknown ? input : new Unknown('the input is not a tensor');
  const [left, right] = pattern.split('->').map(parsed);
  if (right === undefined) throw new Raised('EinopsError', `${pattern} has no ->`);
  const { sizes, rest } = sizesOf(input, left, given);
  const sizeOf = (axis: string): number => {
    const size = axis === '...' ? elementsOf(rest) : /^\d+$/.test(axis) ? Number(axis) : sizes.get(axis);
    if (size === undefined) throw new Raised('EinopsError', `the size of ${axis} is not given`);
    return size;
  };
  const shape = right.flatMap((axes) => (axes === open ? rest : [elementsOf(axes.map(sizeOf))]));
  const result = like(input, shape);
  result.origin = input.parameter ? input : input.origin;
  return result;
}

/** A list of tensors is stacked along a new first dimension. */
const ofTensors = (signature: string): Native =>
  nativeOf(
    'rearrange',
    onValues(signature, ({ tensor, pattern, axes_lengths }, machine) => {
      const stacked =
        tensor instanceof Tensor || tensor instanceof Unknown
          ? tensor
          : (tensorFunction('stack')?.call({ positional: [tensor], keywords: new Map() }, machine) ?? null);
      return rearranged(stacked, pattern, axes_lengths);
    }),
  );

/** `einops.einsum(x, y, 'batch head i, batch head j -> ...')` with a letter for each name. */
const einsum = nativeOf(
  'einsum',
  onValues('*tensors_and_pattern', ({ tensors_and_pattern }, machine) => {
    const given = itemsOr(machine, tensors_and_pattern);
    const pattern = given.at(-1);
    if (typeof pattern !== 'string') return new Unknown('the pattern is unknown');
    const letters = new Map<string, string>();
    const equation = pattern.replace(/\w+/g, (name) => {
      if (!letters.has(name)) letters.set(name, String.fromCharCode(97 + letters.size));
      return letters.get(name)!;
    });
    const use = tensorFunction('einsum');
    const args = { positional: [equation, ...given.slice(0, -1)], keywords: new Map<string, Value>() };
    return use?.call(args, machine) ?? new Unknown('einsum');
  }),
);

function namedSizes({ tensor, pattern }: Bound): Value {
  if (!(tensor instanceof Tensor) || typeof pattern !== 'string') return new Unknown('the shape is unknown');
  const { sizes } = sizesOf(tensor, parsed(pattern), null);
  return Dict.of([...sizes].filter(([name]) => name !== '_'));
}

function layer(name: string, signature: string): Value {
  return defineLayer({
    ...{ name, signature, settings: [] },
    forward: (self: Instance, { input }) =>
      rearranged(input, attributeOf(self, 'pattern'), attributeOf(self, 'axes_lengths')),
  });
}

/** `einops`. */
export const einops: Readonly<Record<string, Value>> = {
  rearrange: ofTensors('tensor, pattern, **axes_lengths'),
  reduce: ofTensors('tensor, pattern, reduction=None, **axes_lengths'),
  repeat: ofTensors('tensor, pattern, **axes_lengths'),
  einsum,
  parse_shape: nativeOf('parse_shape', onValues('tensor, pattern', namedSizes)),
};

/** `einops.layers.torch`. */
export const einopsLayers: Readonly<Record<string, Value>> = {
  Rearrange: layer('Rearrange', 'pattern, **axes_lengths'),
  Reduce: layer('Reduce', 'pattern, reduction, **axes_lengths'),
};
