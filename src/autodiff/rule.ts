import type { NodeProto } from '../onnx/generated/onnx_pb';
import type { GraphBuilder } from '../onnx/graphBuilder';
import type { ElementType, Tensor } from '../tensor/tensor';

/** What is known of a value: its element type and its dimensions, all of them sizes (training graphs have a fixed batch). */
export interface ValueShape {
  readonly type: ElementType;
  readonly dims: readonly number[];
}

/** What a rule sees of the graph it writes into. */
export interface Scope {
  /** Appends nodes to the training graph. */
  readonly builder: GraphBuilder;
  /** Shape of a value of the forward graph. Throws when it is unknown. */
  shape(value: string): ValueShape;
  /** Elements of a value that is constant (a weight that is not trained, a Constant node); `undefined` otherwise. */
  constant(value: string): Tensor | undefined;
}

export interface ForwardScope extends Scope {
  /** Declares that the weight `name` (a running statistic) becomes `value` after the step. */
  updateWeight(name: string, value: string): void;
}

export interface BackwardScope extends Scope {
  /** Gradient of the loss with respect to a value this node computes; `undefined` when the loss does not depend on it. */
  gradient(value: string): string | undefined;
  /** Whether anything asks for the gradient of this input. */
  wants(value: string): boolean;
  /** Adds a contribution to the gradient of an input. It must have that input's shape. */
  accumulate(value: string, gradient: string): void;
  /**
   * The contributions so far, taken away from the sum: for rules that can add them inside a faster operator and then
   * accumulate the result. `undefined` when there are none.
   */
  take(value: string): string | undefined;
}

/** How one operator is trained. */
export interface Rule {
  /**
   * Writes the node's training form. Without it the node is copied as it is. Results keep the node's output names.
   */
  forward?(node: NodeProto, scope: ForwardScope): void;
  /**
   * Writes the gradients of the node's inputs that are wanted. Rules for operators that carry no gradient (Shape,
   * ArgMax, ...) write none.
   */
  backward(node: NodeProto, scope: BackwardScope): void;
}

/** Rules by operator; those of other domains are listed as `domain:Operator`. */
export type RuleTable = ReadonlyMap<string, Rule>;

/** The key of a node's operator in a rule table. */
export function operatorKey(node: NodeProto): string {
  return node.domain && node.domain !== 'ai.onnx' ? `${node.domain}:${node.opType}` : node.opType;
}
