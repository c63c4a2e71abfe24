import { assertFeasible, holds, totalCost, type BudgetProblem } from './budget';
import { solveWithin } from './multipleBudgets';

/**
 * From the least error of every site, takes the move to another choice with the least rise of error per cost saved until
 * every budget is met.
 * @param errors error of each choice of each site
 * @throws InfeasibleBudgetError when no picks are within a budget
 */
export function greedyPicks(errors: readonly (readonly number[])[], problems: readonly BudgetProblem[]): number[] {
  for (const problem of problems) assertFeasible(problem);
  return lowerToBudget(
    errors.map((site) => site.indexOf(Math.min(...site))),
    errors,
    problems,
  );
}

/**
 * Lowers picks by the same rule until they are within every budget. Where no single move helps, because what is cheap for
 * one budget is dear for another, the knapsack's picks are returned.
 */
export function lowerToBudget(
  start: readonly number[],
  errors: readonly (readonly number[])[],
  problems: readonly BudgetProblem[],
): number[] {
  const picks = [...start];
  while (!holds(problems, picks)) {
    const before = excess(problems, picks);
    let best: { site: number; pick: number; ratio: number } | undefined;
    for (const [site, options] of errors.entries()) {
      for (const [pick, error] of options.entries()) {
        const saved = before - excess(problems, picks.with(site, pick));
        if (saved <= 0) continue;
        const ratio = (error - options[picks[site]]) / saved;
        if (!best || ratio < best.ratio) best = { site, pick, ratio };
      }
    }
    if (!best) return solveWithin(errors, problems).picks;
    picks[best.site] = best.pick;
  }
  return picks;
}

/** By how much budgets are exceeded, as shares of them, summed. */
function excess(problems: readonly BudgetProblem[], picks: readonly number[]): number {
  return problems.reduce((sum, problem) => sum + Math.max(0, totalCost(problem, picks) / problem.limit - 1), 0);
}
