import type { NodeProto } from '../onnx/generated/onnx_pb';
import { operatorKey } from './rule';

/** A gradient would have to pass through an operator that has no rule. */
export class UnsupportedOperatorError extends Error {
  readonly node: string;
  readonly operator: string;

  constructor(node: NodeProto) {
    const name = node.name || node.output[0] || '(unnamed)';
    super(`Node ${name} can't be trained: there is no gradient rule for its operator ${operatorKey(node)}.`);
    this.name = 'UnsupportedOperatorError';
    this.node = name;
    this.operator = operatorKey(node);
  }

  static is(error: unknown): error is UnsupportedOperatorError {
    return error instanceof Error && error.name === 'UnsupportedOperatorError';
  }
}
