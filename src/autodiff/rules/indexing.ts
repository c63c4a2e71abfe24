import { intAttribute, stringAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { shallowCopy } from '../../onnx/shallowCopy';
import { numbers } from '../../tensor/convert';
import { sizeOf } from '../../tensor/tensor';
import { UnsupportedOperatorError } from '../errors';
import type { BackwardScope, Rule } from '../rule';
import { axisOf, unaryRule, type RuleEntry } from './entry';
import { Formula } from './formula';

/** Gather: the gradient is added to the slices that were taken, once for every time they were. */
const gather = unaryRule('Gather', ({ f, node, scope, dY, xDims }) => {
  const [, indices] = node.input;
  const axis = axisOf(intAttribute(node, 'axis', 0), xDims.length);
  const size = xDims[axis];
  const taken = scope.shape(indices).dims;
  const count = sizeOf(taken);
  const one = count === 1 ? scope.constant(indices) : undefined;
  if (one) {
    const at = axisOf(numbers(one)[0], size);
    const single = f.reshape(
      dY,
      xDims.map((dim, i) => (i === axis ? 1 : dim)),
    );
    const zero = xDims.map(() => 0);
    return f.pad(single, zero.with(axis, at), zero.with(axis, size - 1 - at));
  }
  const before = sizeOf(xDims.slice(0, axis));
  const after = sizeOf(xDims.slice(axis + 1));
  const rows = f.transpose(f.reshape(dY, [before, count, after]), [1, 0, 2]);
  const added = f.builder.op(
    'ScatterND',
    [f.zeros([size, before, after]), f.reshape(asInt64(f, scope, indices), [count, 1]), rows],
    { reduction: 'add' },
  );
  return f.reshape(f.transpose(added, [1, 0, 2]), xDims);
});

/** ScatterND takes 64-bit indices only. */
function asInt64(f: Formula, scope: BackwardScope, indices: string): string {
  return scope.shape(indices).type === 'int64' ? indices : f.cast(indices, 'int64');
}

const gatherElements = unaryRule('GatherElements', ({ f, node, dY, xDims }) =>
  f.builder.op('ScatterElements', [f.zeros(xDims), node.input[1], dY], {
    axis: intAttribute(node, 'axis', 0),
    reduction: 'add',
  }),
);

const gatherNd = unaryRule('GatherND', ({ f, node, dY, xDims }) => {
  if (intAttribute(node, 'batch_dims', 0) > 0) {
    throw new UnsupportedOperatorError(node, 'indices for each sample (batch_dims) have no rule');
  }
  return f.builder.op('ScatterND', [f.zeros(xDims), node.input[1], dY], { reduction: 'add' });
});

/**
 * Scatter operators: the updates get the gradient of where they went; the data the gradient of what was not overwritten,
 * or all of it when updates are added. Positions must not be listed twice unless updates are added.
 */
function scatterRule(operator: 'ScatterElements' | 'ScatterND', gatherer: string): RuleEntry {
  const rule: Rule = {
    backward(node, scope) {
      const [data, indices, updates] = node.input;
      const dY = scope.gradient(node.output[0]);
      if (dY === undefined) return;
      const reduction = stringAttribute(node, 'reduction', 'none');
      if (reduction !== 'none' && reduction !== 'add') {
        throw new UnsupportedOperatorError(node, `the reduction ${reduction} has no rule`);
      }
      const f = Formula.of(scope, data);
      const axis: Record<string, number> =
        operator === 'ScatterElements' ? { axis: intAttribute(node, 'axis', 0) } : {};
      if (scope.wants(data)) {
        const zeros = (): string => f.zeros(scope.shape(updates).dims);
        scope.accumulate(data, reduction === 'add' ? dY : scope.builder.op(operator, [dY, indices, zeros()], axis));
      }
      if (scope.wants(updates)) scope.accumulate(updates, scope.builder.op(gatherer, [dY, indices], axis));
    },
  };
  return [operator, rule];
}

/** Name of TopK's indices, also where the node leaves them out. */
const positions = (node: NodeProto): string => node.output[1] || `${node.output[0]}:positions`;

const topK: Rule = {
  forward(node, scope) {
    scope.builder.append(shallowCopy(node, { output: [node.output[0], positions(node)] }));
  },
  backward(node, scope) {
    const [x] = node.input;
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined || !scope.wants(x)) return;
    const f = Formula.of(scope, x);
    const { dims } = scope.shape(x);
    const axis = intAttribute(node, 'axis', -1);
    scope.accumulate(x, scope.builder.op('ScatterElements', [f.zeros(dims), positions(node), dY], { axis }));
  },
};

export const indexingRules: readonly RuleEntry[] = [
  gather,
  gatherElements,
  gatherNd,
  scatterRule('ScatterElements', 'GatherElements'),
  scatterRule('ScatterND', 'GatherND'),
  ['TopK', topK],
];
