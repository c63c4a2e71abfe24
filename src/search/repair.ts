import { assertFeasible, holds, type BudgetProblem } from './budget';
import { lowerToBudget } from './greedy';

/**
 * Makes the budget exact (docs/haloc.md, Plan): lowers picks, least rise of error per cost saved first, until they are within
 * the budget, then uses what is left of it.
 * @param errors error of each choice of each site
 * @throws InfeasibleBudgetError when no picks are within the budget
 */
export function repair(
  picks: readonly number[],
  errors: readonly (readonly number[])[],
  problems: readonly BudgetProblem[],
): number[] {
  for (const problem of problems) assertFeasible(problem);
  return useSlack(lowerToBudget(picks, errors, problems), errors, problems);
}

/** Falls of the error smaller than this share of its range are rounding, not worth any cost. */
const leastFall = 1e-6;

/** Takes moves to choices with a smaller error, largest fall of error per added cost first, as long as every budget holds. */
export function useSlack(
  start: readonly number[],
  errors: readonly (readonly number[])[],
  problems: readonly BudgetProblem[],
): number[] {
  const picks = [...start];
  const [primary] = problems;
  const range = Math.max(0, ...errors.map((site) => Math.max(...site) - Math.min(...site)));
  for (;;) {
    let best: { site: number; pick: number; ratio: number } | undefined;
    for (const [site, costs] of primary.costs.entries()) {
      for (const [pick, cost] of costs.entries()) {
        const fall = errors[site][picks[site]] - errors[site][pick];
        if (fall <= leastFall * range) continue;
        const ratio = fall / Math.max(cost - costs[picks[site]], Number.MIN_VALUE);
        if (best && ratio <= best.ratio) continue;
        if (holds(problems, picks.with(site, pick))) best = { site, pick, ratio };
      }
    }
    if (!best) return picks;
    picks[best.site] = best.pick;
  }
}
