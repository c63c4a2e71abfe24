import type { Model } from '../onnx/model';
import { float32 } from '../tensor/tensor';
import type { Objective, ObjectiveContext } from '../training/objective';
import { featureMaps } from '../training/objectives/featureMaps';
import type { BudgetProblem } from './budget';
import { evenlySpread } from './featureValues';
import type { HalocSettings } from './halocSettings';
import { supernetValue } from './supernet';

/** Scalar step inputs and metrics of a search. */
export const searchInput = {
  /** Price (dual variable) of a budget. */
  price: (budget: number): string => `search:price/${budget}`,
  /** Curvature of the penalty around a single budget. */
  damping: 'search:damping',
  /** Exponent of the budget factor. */
  hardness: 'search:hardness',
  featureWeight: 'search:featureWeight',
} as const;

export const searchMetric = {
  /** The loss of the task alone. */
  task: 'task',
  features: 'features',
  /** Expected cost of the whole model as a share of a budget. */
  expected: (budget: number): string => `expected/${budget}`,
} as const;

/** The model whose feature maps are kept near to, and the values compared. */
export interface FeatureTerm {
  readonly teacher: Model;
  /** Those of them that hold numbers for every sample are compared, */
  readonly values: readonly string[];
  /** at most so many of them, evenly spread, */
  readonly most: number;
  /** on the first so many samples of a batch. */
  readonly samples: number;
}

/**
 * What the search minimises: the task's loss, plus the feature-map term, with the expected cost E_j of each budget either
 * priced, + sum_j mu_j (E_j - 1), or as the factors prod_j max(E_j, 1)^beta, E_j as a share of the budget
 * (docs/haloc.md, Loss). A single price comes with rho / 2 (E - 1)^2 (augmented Lagrangian): a budget is there to be used.
 * E_j comes from softmax(logits), not from the sample of the step.
 */
export function searchObjective(
  task: Objective,
  problems: readonly BudgetProblem[],
  settings: Pick<HalocSettings, 'budgetTerm'>,
  features?: FeatureTerm,
): Objective {
  return {
    append(context) {
      const { builder } = context;
      let loss = task.append(context);
      context.metric(searchMetric.task, loss);
      if (features) {
        const distance = featureDistance(context, features);
        context.metric(searchMetric.features, distance);
        const weight = context.input({ name: searchInput.featureWeight, type: 'float32', dims: [] });
        loss = builder.op('Add', [loss, builder.op('Mul', [distance, weight])]);
      }
      for (const [j, expected] of expectedShares(context, problems).entries()) {
        context.metric(searchMetric.expected(j), expected);
        const over = builder.op('Sub', [expected, builder.scalar(1)]);
        if (settings.budgetTerm === 'dual') {
          const price = context.input({ name: searchInput.price(j), type: 'float32', dims: [] });
          const slope = problems.length === 1 ? builder.op('Add', [price, damped(context, over)]) : price;
          loss = builder.op('Add', [loss, builder.op('Mul', [slope, over])]);
        } else {
          const hardness = context.input({ name: searchInput.hardness, type: 'float32', dims: [] });
          const exceeded = builder.op('Add', [builder.op('Relu', [over]), builder.scalar(1)]);
          loss = builder.op('Mul', [loss, builder.op('Pow', [exceeded, hardness])]);
        }
      }
      return loss;
    },
  };
}

/** 0 for a model without values to compare. */
function featureDistance(context: ObjectiveContext, { teacher, values, most, samples }: FeatureTerm): string {
  const { graph } = context.builder.model;
  const frozen = context.frozen(teacher, samples);
  const comparable = values.filter((value) => {
    // What depends on no input, such as indices, is a constant by now.
    if (graph.producer(value) === undefined || !frozen.has(value)) return false;
    const { type, dims } = context.shape(value);
    return type === 'float32' && dims[0] === context.batch;
  });
  if (comparable.length === 0) return context.builder.scalar(0);
  return featureMaps({ teacher, values: evenlySpread(comparable, most), samples }).append(context);
}

/** rho / 2 (E - 1). */
function damped(context: ObjectiveContext, over: string): string {
  const { builder } = context;
  const damping = context.input({ name: searchInput.damping, type: 'float32', dims: [] });
  return builder.op('Mul', [builder.op('Mul', [damping, builder.scalar(0.5)]), over]);
}

/** Expected cost of the whole model as a share of each budget: constant part + sum over sites of softmax(logits) . costs. */
function expectedShares({ builder }: ObjectiveContext, problems: readonly BudgetProblem[]): string[] {
  const probabilities = problems[0].costs.map((_, i) => builder.op('Softmax', [supernetValue.logits(i)], { axis: 0 }));
  return problems.map(({ costs, constant, limit }) => {
    const terms = costs.map((site, i) => {
      const shares = builder.constant(
        float32(
          [site.length],
          site.map((cost) => cost / limit),
        ),
      );
      return builder.op('ReduceSum', [builder.op('Mul', [probabilities[i], shares])], { keepdims: 0 });
    });
    return builder.op('Sum', [builder.scalar(constant / limit), ...terms]);
  });
}
