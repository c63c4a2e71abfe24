import { assertFeasible, holds, type BudgetProblem } from './budget';
import { keepIndex, type Space } from './space';

/**
 * The same rank ratio at every site: the largest ratio rho, such that every site at its largest rank up to rho times its
 * width (at its smallest rank when there is none) is within every budget; keep everywhere when that is. This is the baseline
 * that a search has to beat. `undefined` when no ratio will do, as on a saw of latencies or with budgets that pull apart.
 * @throws InfeasibleBudgetError when no picks are within a budget
 */
export function uniformPicks(space: Space, problems: readonly BudgetProblem[]): number[] | undefined {
  for (const problem of problems) assertFeasible(problem);
  const keep = space.sites.map(keepIndex);
  if (holds(problems, keep)) return keep;
  const sites = space.sites.map(({ choices, width }) =>
    choices
      .flatMap(({ choice }, pick) => (choice.kind === 'rank' ? [{ ratio: choice.rank / width, pick }] : []))
      .sort((a, b) => a.ratio - b.ratio),
  );
  // Picks change only where the ratio passes one of the offered ranks, so these are all the ratios there are to try.
  const ratios = [...new Set(sites.flat().map(({ ratio }) => ratio))].sort((a, b) => b - a);
  for (const rho of ratios) {
    const picks = sites.map((ranks, i) => (ranks.findLast(({ ratio }) => ratio <= rho) ?? ranks[0])?.pick ?? keep[i]);
    if (holds(problems, picks)) return picks;
  }
  return undefined;
}
