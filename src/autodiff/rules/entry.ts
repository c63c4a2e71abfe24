import type { NodeProto } from '../../onnx/generated/onnx_pb';
import type { BackwardScope, Rule } from '../rule';
import { Formula } from './formula';

/** A rule with the key it has in a rule table. */
export type RuleEntry = readonly [operator: string, rule: Rule];

/** What most backward rules need of a node with one result and one differentiable input. */
export interface UnaryTerms {
  readonly f: Formula;
  readonly node: NodeProto;
  readonly scope: BackwardScope;
  /** The input. */
  readonly x: string;
  /** The result. */
  readonly y: string;
  /** Gradient of the loss with respect to the result. */
  readonly dY: string;
  readonly xDims: readonly number[];
  readonly yDims: readonly number[];
}

/** The rule of an operator whose only differentiable input is the first; `gradient` returns that input's gradient. */
export function unaryRule(operator: string, gradient: (terms: UnaryTerms) => string): RuleEntry {
  return [
    operator,
    {
      backward(node, scope) {
        const [x] = node.input;
        const [y] = node.output;
        const dY = scope.gradient(y);
        if (dY === undefined || !scope.wants(x)) return;
        const terms = { f: Formula.of(scope, y), node, scope, x, y, dY };
        scope.accumulate(x, gradient({ ...terms, xDims: scope.shape(x).dims, yDims: scope.shape(y).dims }));
      },
    },
  ];
}

/** A negative axis counted from the end, as a position. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** The axes of a tensor of this rank. */
export function axesOf(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}
