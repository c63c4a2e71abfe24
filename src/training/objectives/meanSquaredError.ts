import { outputOf, stepInput, type Objective } from '../objective';

export interface MeanSquaredErrorOptions {
  /** The value compared; the model's first output when it is left out. */
  readonly output?: string;
  /** A value of the graph to compare with; a step input of the output's shape (`stepInput.target`) when left out. */
  readonly target?: string;
}

/** Mean over all elements of (output - target)^2. */
export function meanSquaredError(options: MeanSquaredErrorOptions = {}): Objective {
  return {
    append(context) {
      const { builder } = context;
      const output = outputOf(context, options.output);
      const target =
        options.target ?? context.input({ name: stepInput.target, type: 'float32', dims: context.shape(output).dims });
      const difference = builder.op('Sub', [output, target]);
      return builder.op('ReduceMean', [builder.op('Mul', [difference, difference])], { keepdims: 0 });
    },
  };
}
