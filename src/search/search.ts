import { budgetProblem, type Budget, type BudgetProblem } from './budget';
import { greedyPicks, lowerToBudget } from './greedy';
import { totalError } from './knapsack';
import { solveWithin } from './multipleBudgets';
import { useSlack } from './repair';
import type { Space } from './space';
import { uniformPicks } from './uniform';

/** Searches that need nothing but separable errors. */
export type SeparableSearch = 'knapsack' | 'greedy' | 'uniform';

/** What a search found, and how good it is known to be. */
export interface SearchResult {
  /** One choice per site, as indices into its choices. */
  readonly picks: readonly number[];
  readonly diagnostics: SearchDiagnostics;
}

export interface SearchDiagnostics {
  /** Summed separable error of the picks. */
  readonly error: number;
  /** No picks within the budget have a smaller summed separable error. */
  readonly lowerBound: number;
  /** Picks of the exact knapsack on the same errors, to stand beside those of another search. */
  readonly knapsack: readonly number[];
}

/**
 * Finds picks for a space within budgets (the first is the primary one).
 * @param errors separable error of each choice of each site; the space's own (energy lost) when it is left out
 * @throws InfeasibleBudgetError when a budget can't be met
 */
export function searchSeparable(
  kind: SeparableSearch,
  space: Space,
  budgets: readonly Budget[],
  errors: readonly (readonly number[])[] = energyErrors(space),
): SearchResult {
  const problems = budgets.map((budget) => budgetProblem(space, budget));
  const optimum = solveWithin(errors, problems);
  const picks = kind === 'knapsack' ? optimum.picks : baseline(kind, space, errors, problems);
  return {
    picks,
    diagnostics: { error: totalError(errors, picks), lowerBound: optimum.lowerBound, knapsack: optimum.picks },
  };
}

function baseline(
  kind: 'greedy' | 'uniform',
  space: Space,
  errors: readonly (readonly number[])[],
  problems: readonly BudgetProblem[],
): number[] {
  const [primary, ...others] = problems;
  if (kind === 'uniform') {
    // The smallest of the uniform plans meets every budget that any of them meets.
    const plans = problems.map((problem) => uniformPicks(space, problem));
    return space.sites.map((_, i) => {
      const picks = plans.map((plan) => plan[i]);
      return picks.reduce((a, b) => (primary.costs[i][b] < primary.costs[i][a] ? b : a));
    });
  }
  const lowered = others.reduce(
    (picks, problem) => lowerToBudget(picks, errors, problem),
    greedyPicks(errors, primary),
  );
  return useSlack(lowered, errors, problems);
}

/** Share of the weight's energy that each choice loses: separable errors that cost nothing. */
export function energyErrors(space: Space): number[][] {
  return space.sites.map((site) => site.choices.map((choice) => choice.error));
}
