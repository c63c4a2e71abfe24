import { assertFeasible, totalCost, type BudgetProblem } from './budget';

/**
 * From the least error of every site, takes the move to a cheaper choice with the least rise of error per cost saved until
 * the budget is met.
 * @param errors error of each choice of each site
 * @throws InfeasibleBudgetError when no picks are within the budget
 */
export function greedyPicks(errors: readonly (readonly number[])[], problem: BudgetProblem): number[] {
  assertFeasible(problem);
  const start = errors.map((site) => site.indexOf(Math.min(...site)));
  return lowerToBudget(start, errors, problem);
}

/** Lowers picks by the same rule until they are within the budget. */
export function lowerToBudget(
  start: readonly number[],
  errors: readonly (readonly number[])[],
  problem: BudgetProblem,
): number[] {
  const picks = [...start];
  while (totalCost(problem, picks) > problem.limit) {
    let best: { site: number; pick: number; ratio: number } | undefined;
    for (const [site, costs] of problem.costs.entries()) {
      for (const [pick, cost] of costs.entries()) {
        const saved = costs[picks[site]] - cost;
        if (saved <= 0) continue;
        const ratio = (errors[site][pick] - errors[site][picks[site]]) / saved;
        if (!best || ratio < best.ratio) best = { site, pick, ratio };
      }
    }
    // Every site at its cheapest and still above: only rounding of the sum can lead here once the budget was found feasible.
    if (!best) break;
    picks[best.site] = best.pick;
  }
  return picks;
}
