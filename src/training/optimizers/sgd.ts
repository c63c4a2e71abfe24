import type { GraphBuilder } from '../../onnx/graphBuilder';
import type { GroupScalars, Sgd, Update } from '../optimizer';
import { gated } from './gated';

/** g += weightDecay w; v = momentum v + g; w -= rate (nesterov ? g + momentum v : v). */
export function sgdUpdate(
  builder: GraphBuilder,
  { momentum = 0, nesterov = false }: Sgd,
  weightDecay: number,
  scalars: GroupScalars,
  parameter: string,
  gradient: string,
  moments: readonly string[],
): Update {
  const decayed =
    weightDecay === 0
      ? gradient
      : builder.op('Add', [gradient, builder.op('Mul', [parameter, builder.scalar(weightDecay)])]);
  const move = (direction: string): string =>
    builder.op('Sub', [parameter, builder.op('Mul', [direction, scalars.rate])]);
  if (momentum === 0) return { parameter: move(decayed), moments: [] };

  // An idle group's momentum is kept by momentum 1 and gradient 0.
  const own = scalars.gate === undefined ? decayed : builder.op('Mul', [decayed, gated(builder, scalars, 1, 0)]);
  const velocity = builder.op('Add', [builder.op('Mul', [moments[0], gated(builder, scalars, momentum, 1)]), own]);
  if (!nesterov) return { parameter: move(velocity), moments: [velocity] };
  const ahead = builder.op('Add', [decayed, builder.op('Mul', [velocity, builder.scalar(momentum)])]);
  return { parameter: move(ahead), moments: [velocity] };
}
