import type { NodeProto } from '../onnx/generated/onnx_pb';
import { operatorKey } from './rule';

/** A node that can't be trained: its operator has no gradient rule, or not for the way it is used there. */
export class UnsupportedOperatorError extends Error {
  readonly node: string;
  readonly operator: string;
  readonly hint: string;

  /** @param reason what stands in the way, when the operator as such is supported */
  constructor(node: NodeProto, reason?: string) {
    const name = node.name || node.output[0] || '(unnamed)';
    const operator = operatorKey(node);
    super(
      reason
        ? `Node ${name} (${operator}) can't be trained: ${reason}.`
        : `Node ${name} can't be trained: there is no gradient rule for its operator ${operator}.`,
    );
    this.name = 'UnsupportedOperatorError';
    this.node = name;
    this.operator = operator;
    this.hint = 'Layers after it can be trained; those before it can still be compressed from their weights alone.';
  }

  static is(error: unknown): error is UnsupportedOperatorError {
    return error instanceof Error && error.name === 'UnsupportedOperatorError';
  }
}

/** A model in an operator set that training can't read. */
export class UnsupportedOpsetError extends Error {
  readonly hint = 'Export the model again, in operator set 13 to 21.';

  constructor(opset: number, oldest: number) {
    super(`The model is in operator set ${opset}; the oldest that can be trained is ${oldest}.`);
    this.name = 'UnsupportedOpsetError';
  }

  static is(error: unknown): error is UnsupportedOpsetError {
    return error instanceof Error && error.name === 'UnsupportedOpsetError';
  }
}
