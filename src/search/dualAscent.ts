import type { BudgetProblem } from './budget';

/** How the prices of the budgets move. */
export interface DualSettings {
  /** Price at the start and scale of its rises, in units of the loss. */
  readonly unit: number;
  /** Start, in those units. */
  readonly start: number;
  /** Rise per logit step and per budget exceeded once over, in those units. */
  readonly rate: number;
}

/** Prices at the start, one per budget. */
export function startPrices({ unit, start }: DualSettings, budgets: number): number[] {
  return Array.from({ length: budgets }, () => unit * start);
}

/**
 * One step of dual ascent on L = loss + sum_j mu_j (E[cost_j] / budget_j - 1): a price rises while its budget is exceeded in
 * expectation and falls, never below zero, while it is not.
 * @param expected expected cost of the whole model as a share of each budget
 */
export function ascend(prices: readonly number[], expected: readonly number[], { unit, rate }: DualSettings): number[] {
  return prices.map((price, j) => Math.max(0, price + unit * rate * (expected[j] - 1)));
}

/** Expected cost of the whole model as a share of the budget. */
export function expectedShare(
  { constant, costs, limit }: BudgetProblem,
  probabilities: readonly (readonly number[])[],
): number {
  const expected = costs.reduce(
    (sum, site, i) => sum + site.reduce((inner, cost, a) => inner + probabilities[i][a] * cost, 0),
    constant,
  );
  return expected / limit;
}
