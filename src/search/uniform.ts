import { assertFeasible, holds, type BudgetProblem } from './budget';
import { keepIndex, type Space } from './space';

/**
 * The same rank ratio at every site: the largest ratio rho such that every site at the offered rank next to rho times its
 * width is within every budget, keep counting as the full width. This is the baseline that a search has to beat. `undefined` when no ratio will do, as on a saw of latencies or
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
  const sites = space.sites.map(({ choices, width }, i) => {
    const sizes = choices
      .map(({ choice }, pick) => ({ size: choice.kind === 'rank' ? choice.rank : width, pick }))
      // Of a full rank and keep, which are the same ratio, keep comes last.
      .sort((a, b) => a.size - b.size || a.pick - b.pick);
    // The ratio from which on a choice is the nearest: half-way from the one before.
    return sizes.map(({ size, pick }, k) => ({ pick, from: k === 0 ? 0 : (sizes[k - 1].size + size) / 2 / scales[i] }));
  });
  // Picks change at these ratios only, so they are all there are to try.
  const ratios = [...new Set(sites.flat().map(({ from }) => from))].sort((a, b) => b - a);
  for (const rho of ratios) {
    const picks = sites.map((choices) => (choices.findLast(({ from }) => from <= rho) ?? choices[0]).pick);
    if (holds(problems, picks)) return picks;
  }
  return undefined;
}
