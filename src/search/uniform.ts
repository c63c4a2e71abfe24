import { assertFeasible, holds, type BudgetProblem } from './budget';
import { keepIndex, type Space } from './space';

/**
 * The same rank ratio at every site: the largest ratio rho, such that every site at its largest rank up to rho times its
 * width (at its smallest rank when there is none) is within every budget; keep where rho times the width reaches the
 * width. This is the baseline that a search has to beat. `undefined` when no ratio will do, as on a saw of latencies or
 * with budgets that pull apart.
 * @param scales what ratios are taken of, by site; the site's width when left out. With ranks that were estimated, all of
 *   them are weakened or strengthened by one factor until the budget holds.
 * @throws InfeasibleBudgetError when no picks are within a budget
 */
export function uniformPicks(
  space: Space,
  problems: readonly BudgetProblem[],
  scales: readonly number[] = space.sites.map(({ width }) => width),
): number[] | undefined {
  for (const problem of problems) assertFeasible(problem);
  const keep = space.sites.map(keepIndex);
  if (holds(problems, keep)) return keep;
  const sites = space.sites.map(({ choices, width }, i) =>
    choices
      .map(({ choice }, pick) => ({ ratio: (choice.kind === 'rank' ? choice.rank : width) / scales[i], pick }))
      // Of a full rank and keep, which are the same ratio, keep comes last.
      .sort((a, b) => a.ratio - b.ratio || a.pick - b.pick),
  );
  // Picks change only where the ratio passes one of the offered ranks, so these are all the ratios there are to try.
  const ratios = [...new Set(sites.flat().map(({ ratio }) => ratio))].sort((a, b) => b - a);
  for (const rho of ratios) {
    const picks = sites.map((choices) => (choices.findLast(({ ratio }) => ratio <= rho) ?? choices[0]).pick);
    if (holds(problems, picks)) return picks;
  }
  return undefined;
}
