import type { GraphBuilder } from '../../onnx/graphBuilder';
import { float64 } from '../../tensor/tensor';
import type { AdamW, GroupScalars, Update } from '../optimizer';
import { gated } from './gated';

/**
 * w -= rate weightDecay w; m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
 * w -= rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon).
 */
export function adamWUpdate(
  builder: GraphBuilder,
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamW,
  weightDecay: number,
  scalars: GroupScalars,
  parameter: string,
  gradient: string,
  [mean, square]: readonly string[],
): Update {
  const average = (before: string, value: string, beta: number): string =>
    builder.op('Add', [
      builder.op('Mul', [before, gated(builder, scalars, beta, 1)]),
      builder.op('Mul', [value, gated(builder, scalars, 1 - beta, 0)]),
    ]);
  const newMean = average(mean, gradient, beta1);
  const newSquare = average(square, builder.op('Mul', [gradient, gradient]), beta2);

  const step = builder.op('Div', [scalars.rate, biasCorrection(builder, scalars.count, beta1)]);
  const root = builder.op('Sqrt', [builder.op('Div', [newSquare, biasCorrection(builder, scalars.count, beta2)])]);
  const direction = builder.op('Div', [newMean, builder.op('Add', [root, builder.scalar(epsilon)])]);
  let kept = parameter;
  if (weightDecay !== 0) {
    const shrink = builder.op('Mul', [scalars.rate, builder.scalar(weightDecay)]);
    kept = builder.op('Mul', [parameter, builder.op('Sub', [builder.scalar(1), shrink])]);
  }
  return {
    parameter: builder.op('Sub', [kept, builder.op('Mul', [direction, step])]),
    moments: [newMean, newSquare],
  };
}

/** 1 - beta^t in float64: in float32 the difference of two numbers close to 1 loses its digits in the first steps. */
function biasCorrection(builder: GraphBuilder, count: string, beta: number): string {
  // A group that has not taken a step yet divides by the correction of its first: nothing is moved, and 0 / 0 is avoided.
  const steps = builder.op('Cast', [builder.op('Max', [count, builder.scalar(1)])], { to: 11 });
  const power = builder.op('Pow', [builder.constant(float64([], [beta])), steps]);
  return builder.op('Cast', [builder.op('Sub', [builder.constant(float64([], [1])), power])], { to: 1 });
}
