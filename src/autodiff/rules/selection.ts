import { intAttribute, stringAttribute } from '../../onnx/attributes';
import { UnsupportedOperatorError } from '../errors';
import type { Rule } from '../rule';
import { accumulateReduced } from './broadcasting';
import { constantInput } from './constants';
import { axesOf, axisOf, unaryRule, type RuleEntry } from './entry';
import { Formula } from './formula';

/** The elements of `values` along `axis` in a longer axis of `size`, the first at `at`, zeros around. */
function place(f: Formula, values: string, dims: readonly number[], axis: number, at: number, size: number): string {
  const begin = dims.map((_, i) => (i === axis ? at : 0));
  const end = dims.map((dim, i) => (i === axis ? size - at - dim : 0));
  return f.pad(values, begin, end);
}

/** Slice: the gradient goes back to where its elements were taken; a step leaves zeros between them. */
const slice = unaryRule('Slice', ({ f, node, scope, dY, xDims, yDims }) => {
  const starts = constantInput(node, scope, 1, 'starts') ?? [];
  const axes = constantInput(node, scope, 3, 'axes') ?? axesOf(starts.length);
  const steps = constantInput(node, scope, 4, 'steps') ?? starts.map(() => 1);
  const dims = [...yDims];
  return axes.reduce((gradient, given, i) => {
    const axis = axisOf(given, xDims.length);
    const size = xDims[axis];
    const count = dims[axis];
    const step = Math.abs(steps[i]);
    const start = axisOf(starts[i], size);
    const clamped = Math.min(Math.max(start, 0), steps[i] > 0 ? size : size - 1);
    const first = steps[i] > 0 ? clamped : clamped - step * (count - 1);
    const forwards = steps[i] > 0 ? gradient : f.flip(gradient, [axis]);
    const spread = step === 1 ? forwards : spreadOut(f, forwards, dims, axis, step);
    dims[axis] = (count - 1) * step + 1;
    const placed = place(f, spread, dims, axis, first, size);
    dims[axis] = size;
    return placed;
  }, dY);
});

/** `step - 1` zeros between the elements along an axis. */
function spreadOut(f: Formula, values: string, dims: readonly number[], axis: number, step: number): string {
  const split = [...dims.slice(0, axis + 1), 1, ...dims.slice(axis + 1)];
  const padded = place(f, f.reshape(values, split), split, axis + 1, 0, step);
  const long = dims.map((dim, i) => (i === axis ? dim * step : dim));
  return f.slice(f.reshape(padded, long), [axis], [0], [(dims[axis] - 1) * step + 1]);
}

/** Pad: what was made of an element goes back to it, for the modes constant, reflect and edge. */
const pad: Rule = {
  backward(node, scope) {
    const [x, , value = ''] = node.input;
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const f = Formula.of(scope, node.output[0]);
    const xDims = scope.shape(x).dims;
    const rank = xDims.length;
    const pads = constantInput(node, scope, 1, 'pads') ?? [];
    const axes = (constantInput(node, scope, 3, 'axes') ?? axesOf(rank)).map((axis) => axisOf(axis, rank));
    const mode = stringAttribute(node, 'mode', 'constant');
    if (mode === 'wrap') throw new UnsupportedOperatorError(node, 'padding by repetition has no rule');
    const dims = [...scope.shape(node.output[0]).dims];
    const dX = axes.reduce((gradient, axis, i) => {
      const unpadded = unpad(f, gradient, dims, {
        mode,
        axis,
        size: xDims[axis],
        begin: pads[i],
        end: pads[i + axes.length],
      });
      dims[axis] = xDims[axis];
      return unpadded;
    }, dY);
    if (scope.wants(x)) scope.accumulate(x, dX);
    if (value && scope.wants(value)) {
      const total = (gradient: string, of: readonly number[]): string => f.sum(gradient, axesOf(of.length));
      const outside = f.sub(total(dY, scope.shape(node.output[0]).dims), total(dX, xDims));
      scope.accumulate(value, f.reshape(outside, scope.shape(value).dims));
    }
  },
};

interface Padding {
  readonly mode: string;
  readonly axis: number;
  /** Before the padding. */
  readonly size: number;
  /** Negative where elements were cut off. */
  readonly begin: number;
  readonly end: number;
}

/** The gradient before one axis was padded; `dims` are those after it. */
function unpad(f: Formula, gradient: string, dims: readonly number[], padding: Padding): string {
  const { mode, axis, size, begin, end } = padding;
  if (begin === 0 && end === 0) return gradient;
  const part = (from: number, to: number): string => f.slice(gradient, [axis], [from], [to]);
  const low = Math.max(begin, 0);
  const high = Math.max(end, 0);
  const kept = part(low, dims[axis] - high);
  const keptDims = dims.map((dim, i) => (i === axis ? dim - low - high : dim));
  const own = begin < 0 || end < 0 ? place(f, kept, keptDims, axis, Math.max(-begin, 0), size) : kept;
  if (mode === 'constant') return own;
  const back = (values: string, count: number, at: number): string => {
    const folded = mode === 'edge' ? f.sum(values, [axis], true) : f.flip(values, [axis]);
    const foldedDims = dims.map((dim, i) => (i !== axis ? dim : mode === 'edge' ? 1 : count));
    return place(f, folded, foldedDims, axis, at, size);
  };
  const left = low > 0 ? f.add(own, back(part(0, low), low, mode === 'edge' ? 0 : 1)) : own;
  if (high === 0) return left;
  const last = mode === 'edge' ? size - 1 : size - 1 - high;
  return f.add(left, back(part(dims[axis] - high, dims[axis]), high, last));
}

/** Concat: each input gets its part. */
const concat: Rule = {
  backward(node, scope) {
    const [y] = node.output;
    const dY = scope.gradient(y);
    if (dY === undefined) return;
    const f = Formula.of(scope, y);
    const axis = axisOf(intAttribute(node, 'axis', 0), scope.shape(y).dims.length);
    let at = 0;
    for (const input of node.input) {
      const size = scope.shape(input).dims[axis];
      if (scope.wants(input)) scope.accumulate(input, f.slice(dY, [axis], [at], [at + size]));
      at += size;
    }
  },
};

/** Split: the parts put together again, with zeros for those that the loss does not depend on. */
const split: Rule = {
  backward(node, scope) {
    const [x] = node.input;
    if (!scope.wants(x)) return;
    const f = Formula.of(scope, x);
    const axis = axisOf(intAttribute(node, 'axis', 0), scope.shape(x).dims.length);
    const parts = node.output.map((part) => scope.gradient(part) ?? f.zeros(scope.shape(part).dims));
    scope.accumulate(x, f.concat(parts, axis));
  },
};

/** Where: each branch gets the gradient of the elements it gave. */
const where: Rule = {
  backward(node, scope) {
    const [condition, a, b] = node.input;
    const [y] = node.output;
    const dY = scope.gradient(y);
    if (dY === undefined) return;
    const f = Formula.of(scope, y);
    const { dims } = scope.shape(y);
    const pick = (first: string, second: string): string => scope.builder.op('Where', [condition, first, second]);
    if (scope.wants(a)) accumulateReduced(scope, f, a, pick(dY, f.number(0)), dims);
    if (scope.wants(b)) accumulateReduced(scope, f, b, pick(f.number(0), dY), dims);
  },
};

/** Tile: all copies of an element, summed. */
const tile = unaryRule('Tile', ({ f, dY, xDims, yDims }) => {
  const split = xDims.flatMap((dim, axis) => [yDims[axis] / dim, dim]);
  const copies = xDims.flatMap((dim, axis) => (yDims[axis] > dim ? [2 * axis] : []));
  return f.reshape(f.sum(f.reshape(dY, split), copies), xDims);
});

/** Trilu keeps the same triangle of the gradient. */
const trilu = unaryRule('Trilu', ({ f, node, dY }) =>
  f.builder.op('Trilu', [dY, ...node.input.slice(1)], { upper: intAttribute(node, 'upper', 1) }),
);

/** CumSum: an element counts in all sums after it, so the gradient is summed the other way round. */
const cumSum = unaryRule('CumSum', ({ f, node, dY }) =>
  f.builder.op('CumSum', [dY, node.input[1]], {
    exclusive: intAttribute(node, 'exclusive', 0),
    reverse: 1 - intAttribute(node, 'reverse', 0),
  }),
);

/** Operators that take elements, leave them out, repeat them or put them together. */
export const selectionRules: readonly RuleEntry[] = [
  slice,
  ['Pad', pad],
  ['Concat', concat],
  ['Split', split],
  ['Where', where],
  tile,
  trilu,
  cumSum,
];
