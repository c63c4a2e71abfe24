import { intAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { sizeOf } from '../../tensor/tensor';
import type { Scope } from '../rule';
import { constantInput } from './constants';
import { axesOf, axisOf, unaryRule, type RuleEntry, type UnaryTerms } from './entry';
import type { Formula } from './formula';

/** What a reduction's gradient is made of: the result and its gradient with the reduced axes put back as 1. */
interface ReductionTerms {
  readonly f: Formula;
  readonly x: string;
  readonly y: string;
  readonly dY: string;
  readonly axes: readonly number[];
  /** Elements that make one result. */
  readonly count: number;
}

/** The axes a reduction node reduces (operator set 18: the second input; none means all, unless the node says otherwise). */
function reducedAxes(node: NodeProto, scope: Scope, rank: number): number[] {
  const axes = constantInput(node, scope, 1, 'axes') ?? [];
  if (axes.length === 0) return intAttribute(node, 'noop_with_empty_axes', 0) ? [] : axesOf(rank);
  return axes.map((axis) => axisOf(axis, rank));
}

/** The rule of a reduction; `gradient` returns something that is broadcast to the input's dimensions. */
function reductionRule(operator: string, gradient: (terms: ReductionTerms) => string): RuleEntry {
  return unaryRule(operator, ({ f, node, scope, x, y, dY, xDims, yDims }: UnaryTerms) => {
    const axes = reducedAxes(node, scope, xDims.length);
    const kept = xDims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
    const restored = (value: string): string => (yDims.length === kept.length ? value : f.reshape(value, kept));
    const count = sizeOf(axes.map((axis) => xDims[axis]));
    return f.expand(gradient({ f, x, y: restored(y), dY: restored(dY), axes, count }), xDims);
  });
}

/** Elements that tie for the extreme share the gradient. */
function extremeGradient({ f, x, y, dY, axes }: ReductionTerms): string {
  const mask = f.equal(x, y);
  return f.mul(mask, f.div(dY, f.sum(mask, axes, true)));
}

/** Reductions; `ReduceProd` has the gradient `dY y / x`, which asks for elements that are not zero. */
export const reductionRules: readonly RuleEntry[] = [
  reductionRule('ReduceSum', ({ dY }) => dY),
  reductionRule('ReduceMean', ({ f, dY, count }) => f.mul(dY, 1 / count)),
  reductionRule('ReduceMax', extremeGradient),
  reductionRule('ReduceMin', extremeGradient),
  reductionRule('ReduceProd', ({ f, x, y, dY }) => f.div(f.mul(dY, y), x)),
  reductionRule('ReduceL1', ({ f, x, dY }) => f.mul(dY, f.unary('Sign', x))),
  reductionRule('ReduceL2', ({ f, x, y, dY }) => f.mul(x, f.div(dY, y))),
  reductionRule('ReduceSumSquare', ({ f, x, dY }) => f.mul(x, f.mul(dY, 2))),
  reductionRule('ReduceLogSum', ({ f, y, dY }) => f.div(dY, f.unary('Exp', y))),
  reductionRule('ReduceLogSumExp', ({ f, x, y, dY }) => f.mul(f.unary('Exp', f.sub(x, y)), dY)),
];
