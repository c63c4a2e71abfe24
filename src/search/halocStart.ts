import type { BudgetProblem } from './budget';
import type { HalocSettings } from './halocSettings';
import { solveWithin } from './multipleBudgets';
import { warmLogits } from './warmStart';

/** Where a differentiable search starts; part of its checkpoints. */
export interface HalocStart {
  /** Limit on the first budget's cost that the search aims at, by the costs of the space. */
  readonly limit: number;
  /** Separable errors of each choice of each site. */
  readonly errors: readonly (readonly number[])[];
  /** The exact knapsack on them. */
  readonly knapsack: readonly number[];
  /** Least summed error that any picks within the budget can have. */
  readonly lowerBound: number;
  /** First values of the logits. */
  readonly logits: readonly (readonly number[])[];
  /** Price of a whole budget in units of the loss. */
  readonly priceUnit: number;
}

/**
 * Solves the knapsack and derives the start from it. Where the errors are rises of the loss, the Lagrange multiplier times
 * the budget is what the whole budget is worth in units of the loss, whatever loss it is; other errors have no such
 * scale and the unit is 1, which suits a cross-entropy.
 */
export function halocStart(
  errors: readonly (readonly number[])[],
  problems: readonly BudgetProblem[],
  settings: Pick<HalocSettings, 'start' | 'sharpness'>,
  inLossUnits: boolean,
): HalocStart {
  const { picks, multiplier, lowerBound } = solveWithin(errors, problems);
  const [primary] = problems;
  const worth = multiplier * primary.limit;
  return {
    limit: primary.limit,
    errors,
    knapsack: picks,
    lowerBound,
    logits:
      settings.start === 'knapsack'
        ? warmLogits(errors, primary, multiplier, settings.sharpness)
        : errors.map((site) => site.map(() => 0)),
    priceUnit: inLossUnits && worth > 0 ? worth : 1,
  };
}
