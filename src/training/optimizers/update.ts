import type { GraphBuilder } from '../../onnx/graphBuilder';
import type { GroupScalars, Optimizer, Update } from '../optimizer';
import { adamWUpdate } from './adamW';
import { sgdUpdate } from './sgd';

/**
 * Writes one update: new values of a parameter and of its moments, which all have the gradient's shape. While the gate
 * is shut all of them keep their values exactly.
 */
export function appendUpdate(
  builder: GraphBuilder,
  optimizer: Optimizer,
  weightDecay: number,
  scalars: GroupScalars,
  parameter: string,
  gradient: string,
  moments: readonly string[],
): Update {
  return optimizer.kind === 'sgd'
    ? sgdUpdate(builder, optimizer, weightDecay, scalars, parameter, gradient, moments)
    : adamWUpdate(builder, optimizer, weightDecay, scalars, parameter, gradient, moments);
}
