import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { numbers } from '../../tensor/convert';
import { UnsupportedOperatorError } from '../errors';
import type { Scope } from '../rule';

/** The numbers of a constant input; `undefined` when the input is left out. Throws when it is computed. */
export function constantInput(node: NodeProto, scope: Scope, at: number, what: string): number[] | undefined {
  const value = node.input[at];
  if (!value) return undefined;
  const tensor = scope.constant(value);
  if (!tensor) throw new UnsupportedOperatorError(node, `its ${what} are not constant`);
  return Array.from(numbers(tensor));
}
