import { intAttribute, intsAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { shallowCopy } from '../../onnx/shallowCopy';
import { castTo } from '../../tensor/convert';
import { float32, sizeOf } from '../../tensor/tensor';
import type { Rule } from '../rule';
import { unaryRule, type RuleEntry } from './entry';
import { Formula } from './formula';
import { exactEnd, reach, windowAttributes, windowOf, type Window } from './window';

/** Name under which the forward pass of a MaxPool node leaves the row-major positions of the maxima. */
const positions = (node: NodeProto): string => `${node.output[0]}:positions`;

/**
 * MaxPool: the forward pass keeps the flat position of every maximum, where the gradient is then added. Windows that
 * overlap and elements that tie are exact (the first maximum gets it all, as in PyTorch).
 */
const maxPool: Rule = {
  forward(node, scope) {
    const [y, indices = ''] = node.output;
    const attribute = node.attribute.filter(({ name }) => name !== 'storage_order');
    scope.builder.append(shallowCopy(node, { output: [y, positions(node)], attribute }));
    // The node's own positions may be counted in column-major order.
    if (indices) scope.builder.append(shallowCopy(node, { output: [`${y}:again`, indices] }));
  },

  backward(node, scope) {
    const [x] = node.input;
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined || !scope.wants(x)) return;
    const f = Formula.of(scope, x);
    const { dims } = scope.shape(x);
    const kernel = intsAttribute(node, 'kernel_shape') ?? [];
    const strides = intsAttribute(node, 'strides') ?? kernel.map(() => 1);
    const reaches = reach({ kernel, dilations: intsAttribute(node, 'dilations') ?? kernel.map(() => 1) });
    // Windows side by side name no element twice, and MaxUnpool writes where ScatterElements adds: half the time.
    const pooled = scope.shape(node.output[0]).dims.slice(2);
    const sideBySide = (size: number, axis: number): boolean =>
      size <= strides[axis] && strides[axis] * (pooled[axis] - 1) + size <= dims[axis + 2];
    const apart = f.type === 'float32' && reaches.every(sideBySide);
    const unpooled = (): string =>
      scope.builder.op('MaxUnpool', [dY, positions(node), scope.builder.ints(dims)], { kernel_shape: kernel, strides });
    scope.accumulate(x, apart ? unpooled() : f.scatterAdd(dims, positions(node), dY));
  },
};

/** How many elements each window of an average pool divides by, `[1, 1, ...P]`. */
function windowCounts(
  window: Window,
  wide: readonly number[],
  narrow: readonly number[],
  includePad: boolean,
): Float32Array {
  const perAxis = narrow.map((size, axis) =>
    Array.from({ length: size }, (_, position) => {
      const start = position * window.strides[axis] - window.begin[axis];
      const [low, high] = includePad ? [-window.begin[axis], wide[axis] + window.end[axis]] : [0, wide[axis]];
      let count = 0;
      for (let tap = 0; tap < window.kernel[axis]; tap++) {
        const at = start + tap * window.dilations[axis];
        if (at >= low && at < high) count++;
      }
      return count;
    }),
  );
  const products = perAxis.reduce((outer, axis) => outer.flatMap((a) => axis.map((b) => a * b)), [1]);
  return Float32Array.from(products);
}

/** AveragePool: the gradient, divided by each window's count, goes to every element of the window. */
const averagePool = unaryRule('AveragePool', ({ f, node, dY, xDims, yDims }) => {
  const wide = xDims.slice(2);
  const narrow = yDims.slice(2);
  const kernel = intsAttribute(node, 'kernel_shape') ?? [];
  const window = windowOf(node, kernel, wide, narrow);
  const counts = windowCounts(window, wide, narrow, intAttribute(node, 'count_include_pad', 0) === 1);
  const uniform = counts.every((count) => count === counts[0]);
  const divided = uniform
    ? f.mul(dY, 1 / counts[0])
    : f.div(dY, f.builder.constant(castTo(float32([1, 1, ...narrow], counts), f.type)));
  const end = exactEnd(window, wide, narrow);
  // Every channel is an image of its own: one kernel of ones serves them all.
  const images = f.reshape(divided, [yDims[0] * yDims[1], 1, ...narrow]);
  const ones = f.builder.constant(castTo(float32([1, 1, ...kernel], new Float32Array(sizeOf(kernel)).fill(1)), f.type));
  const spread = f.builder.op('ConvTranspose', [images, ones], {
    ...windowAttributes({ ...window, end: end.map((pad) => Math.max(pad, 0)) }),
    output_padding: end.map((pad) => Math.max(-pad, 0)),
  });
  return f.reshape(spread, xDims);
});

const globalAveragePool = unaryRule('GlobalAveragePool', ({ f, dY, xDims }) =>
  f.expand(f.mul(dY, 1 / sizeOf(xDims.slice(2))), xDims),
);

/** GlobalMaxPool: maxima that tie share the gradient. */
const globalMaxPool = unaryRule('GlobalMaxPool', ({ f, x, y, dY, xDims }) => {
  const axes = xDims.flatMap((_, axis) => (axis > 1 ? [axis] : []));
  const mask = f.equal(x, y);
  return f.mul(mask, f.div(dY, f.sum(mask, axes, true)));
});

export const poolingRules: readonly RuleEntry[] = [['MaxPool', maxPool], averagePool, globalAveragePool, globalMaxPool];
