import { intAttribute, intsAttribute, stringAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import type { BackwardScope, Rule } from '../rule';
import { slidingInputGradient, slidingWeightGradient, type Sliding } from './convolutionGradients';
import type { RuleEntry } from './entry';
import { Formula } from './formula';
import { reach, windowAttributes, windowOf, type Window } from './window';

/** Conv in one, two or three dimensions, with groups; `X: [N, C, ...S]`, `W: [O, C/g, ...K]`, `B: [O]`. */
const conv: Rule = {
  backward(node, scope) {
    const [x, w, b] = node.input;
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const f = Formula.of(scope, node.output[0]);
    const xDims = scope.shape(x).dims;
    const yDims = scope.shape(node.output[0]).dims;
    const weightDims = scope.shape(w).dims;
    const sliding: Sliding = {
      window: windowOf(node, weightDims.slice(2), xDims.slice(2), yDims.slice(2)),
      group: intAttribute(node, 'group', 1),
      weightDims,
      wideDims: xDims,
      narrowDims: yDims,
    };
    if (scope.wants(x)) scope.accumulate(x, slidingInputGradient(f, dY, w, sliding));
    if (scope.wants(w)) scope.accumulate(w, slidingWeightGradient(f, x, dY, sliding));
    biasGradient(f, scope, b, dY, yDims);
  },
};

/**
 * ConvTranspose, `X: [N, C, ...S]`, `W: [C, O/g, ...K]`, `B: [O]`: the transpose of the convolution that slides `W` over
 * `Y`, so that its gradients are that convolution and its weight gradient with the sides exchanged.
 */
const convTranspose: Rule = {
  backward(node, scope) {
    const [x, w, b] = node.input;
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const f = Formula.of(scope, node.output[0]);
    const xDims = scope.shape(x).dims;
    const yDims = scope.shape(node.output[0]).dims;
    const weightDims = scope.shape(w).dims;
    const group = intAttribute(node, 'group', 1);
    const window = transposedWindow(node, weightDims.slice(2), yDims.slice(2), xDims.slice(2));
    if (scope.wants(x)) {
      const dX = scope.builder.op('Conv', [dY, w], { ...windowAttributes(window), group });
      scope.accumulate(x, dX);
    }
    if (scope.wants(w)) {
      const sliding = { window, group, weightDims, wideDims: yDims, narrowDims: xDims };
      scope.accumulate(w, slidingWeightGradient(f, dY, x, sliding));
    }
    biasGradient(f, scope, b, dY, yDims);
  },
};

function biasGradient(f: Formula, scope: BackwardScope, b: string, dY: string, yDims: readonly number[]): void {
  if (!b || !scope.wants(b)) return;
  scope.accumulate(
    b,
    f.sum(
      dY,
      yDims.flatMap((_, axis) => (axis === 1 ? [] : [axis])),
    ),
  );
}

/** The window of a ConvTranspose node: pads follow from the sizes when they are not given (ONNX, ConvTranspose). */
function transposedWindow(
  node: NodeProto,
  kernel: readonly number[],
  wide: readonly number[],
  narrow: readonly number[],
): Window {
  const mode = stringAttribute(node, 'auto_pad', 'NOTSET');
  const window = windowOf(node, kernel, wide, narrow);
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER' && !intsAttribute(node, 'output_shape')) return window;
  const extra = intsAttribute(node, 'output_padding') ?? kernel.map(() => 0);
  const reaches = reach(window);
  const total = wide.map((size, i) => Math.max(window.strides[i] * (narrow[i] - 1) + extra[i] + reaches[i] - size, 0));
  const small = total.map((pad) => Math.floor(pad / 2));
  const large = total.map((pad) => Math.ceil(pad / 2));
  const [begin, end] = mode === 'SAME_UPPER' ? [small, large] : [large, small];
  return { ...window, begin, end };
}

export const convolutionRules: readonly RuleEntry[] = [
  ['Conv', conv],
  ['ConvTranspose', convTranspose],
];
