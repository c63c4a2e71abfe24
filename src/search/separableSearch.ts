import type { SearchKind } from '../protocol/runs';
import { budgetProblem, type Budget, type BudgetProblem } from './budget';
import { greedyPicks } from './greedy';
import { totalError } from './knapsack';
import { solveWithin } from './multipleBudgets';
import { useSlack } from './repair';
import type { Space } from './space';
import { uniformPicks } from './uniform';

/** Searches that need nothing but separable errors. */
export type SeparableSearch = Exclude<SearchKind, 'haloc'>;

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

export interface SeparableOptions {
  /** Separable error of each choice of each site; the space's own (energy lost) when it is left out. */
  readonly errors?: readonly (readonly number[])[];
  /** Rank that EVBMF finds in each site; needed by that search. */
  readonly estimates?: readonly number[];
}

/**
 * Finds picks for a space within budgets (the first is the primary one).
 * @throws InfeasibleBudgetError when a budget can't be met
 */
export function searchSeparable(
  kind: SeparableSearch,
  space: Space,
  budgets: readonly Budget[],
  { errors = energyErrors(space), estimates }: SeparableOptions = {},
): SearchResult {
  const problems = budgets.map((budget) => budgetProblem(space, budget));
  const optimum = solveWithin(errors, problems);
  const picks = picksOf(kind, space, errors, problems, optimum.picks, estimates);
  return {
    picks,
    diagnostics: { error: totalError(errors, picks), lowerBound: optimum.lowerBound, knapsack: optimum.picks },
  };
}

function picksOf(
  kind: SeparableSearch,
  space: Space,
  errors: readonly (readonly number[])[],
  problems: readonly BudgetProblem[],
  optimum: readonly number[],
  estimates: readonly number[] | undefined,
): readonly number[] {
  switch (kind) {
    case 'knapsack':
      return optimum;
    case 'greedy':
      return useSlack(greedyPicks(errors, problems), errors, problems);
    case 'uniform':
      // Where no ratio is within the budget, some plan still is.
      return uniformPicks(space, problems) ?? optimum;
    case 'evbmf':
      if (!estimates) throw new Error('EVBMF needs the estimated ranks.');
      return uniformPicks(space, problems, estimates) ?? optimum;
  }
}

/** Share of the weight's energy that each choice loses: separable errors that cost nothing. */
export function energyErrors(space: Space): number[][] {
  return space.sites.map((site) => site.choices.map((choice) => choice.error));
}
