import { TrainingError } from '../errors';
import type { Objective } from '../objective';

export interface WeightedTerm {
  /** Reported under this name, unweighted. */
  readonly name: string;
  readonly objective: Objective;
  /** A fixed factor, or the name of a scalar float32 step input that gives it anew for every step. */
  readonly weight: number | { readonly input: string };
}

/** sum_i weight_i objective_i; every term is reported as a metric of its own. */
export function weightedSum(terms: readonly WeightedTerm[]): Objective {
  return {
    append(context) {
      const { builder } = context;
      if (terms.length === 0) throw new TrainingError('A weighted sum has no terms.', 'Give at least one objective.');
      const weighted = terms.map(({ name, objective, weight }) => {
        const loss = objective.append(context);
        context.metric(name, loss);
        if (weight === 1) return loss;
        const factor =
          typeof weight === 'number'
            ? builder.scalar(weight)
            : context.input({ name: weight.input, type: 'float32', dims: [] });
        return builder.op('Mul', [loss, factor]);
      });
      return weighted.reduce((sum, term) => builder.op('Add', [sum, term]));
    },
  };
}
