import { assertFeasible, totalCost, type BudgetProblem } from './budget';
import { lowerToBudget } from './greedy';

/**
 * Makes the budget exact (haloc.md, c.9): lowers picks, least rise of error per cost saved first, until they are within
 * the budget, then uses what is left of it.
 * @param errors error of each choice of each site
 * @throws InfeasibleBudgetError when no picks are within the budget
 */
export function repair(
  picks: readonly number[],
  errors: readonly (readonly number[])[],
  problems: readonly BudgetProblem[],
): number[] {
  let repaired = [...picks];
  for (const problem of problems) {
    assertFeasible(problem);
    repaired = lowerToBudget(repaired, errors, problem);
  }
  return useSlack(repaired, errors, problems);
}

/** Takes moves to choices with a smaller error, largest fall of error per added cost first, as long as every budget holds. */
export function useSlack(
  start: readonly number[],
  errors: readonly (readonly number[])[],
  problems: readonly BudgetProblem[],
): number[] {
  const picks = [...start];
  const [primary] = problems;
  for (;;) {
    let best: { site: number; pick: number; ratio: number } | undefined;
    for (const [site, costs] of primary.costs.entries()) {
      for (const [pick, cost] of costs.entries()) {
        const fall = errors[site][picks[site]] - errors[site][pick];
        if (fall <= 0) continue;
        const ratio = fall / Math.max(cost - costs[picks[site]], Number.MIN_VALUE);
        if (best && ratio <= best.ratio) continue;
        if (holds(problems, picks.with(site, pick))) best = { site, pick, ratio };
      }
    }
    if (!best) return picks;
    picks[best.site] = best.pick;
  }
}

/** Whether picks are within every budget. */
export function holds(problems: readonly BudgetProblem[], picks: readonly number[]): boolean {
  return problems.every((problem) => totalCost(problem, picks) <= problem.limit);
}
