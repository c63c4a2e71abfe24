import { assertFeasible, cheapest, totalCost, type BudgetProblem } from './budget';
import { keepIndex, type Space } from './space';

/**
 * The same rank ratio at every site: the largest ratio rho, such that every site at its largest rank up to rho times its
 * width (at its smallest rank when there is none) is within the budget; rho = 1 keeps every layer. This is the baseline that a search has to beat.
 * @throws InfeasibleBudgetError when no picks are within the budget
 */
export function uniformPicks(space: Space, problem: BudgetProblem): number[] {
  assertFeasible(problem);
  const keep = space.sites.map(keepIndex);
  if (totalCost(problem, keep) <= problem.limit) return keep;
  // Picks change only where the ratio passes one of the offered ranks, so these are all the ratios there are to try.
  const ratios = new Set<number>([0]);
  for (const { choices, width } of space.sites) {
    for (const { choice } of choices) if (choice.kind === 'rank') ratios.add(choice.rank / width);
  }
  for (const ratio of [...ratios].sort((a, b) => b - a)) {
    const picks = space.sites.map(({ choices, width }, i) => {
      const ranks = choices.flatMap(({ choice }, pick) =>
        choice.kind === 'rank' ? [{ rank: choice.rank, pick }] : [],
      );
      if (ranks.length === 0) return keep[i];
      ranks.sort((a, b) => a.rank - b.rank);
      return (ranks.findLast(({ rank }) => rank / width <= ratio) ?? ranks[0]).pick;
    });
    if (totalCost(problem, picks) <= problem.limit) return picks;
  }
  // On a saw of latencies the smallest ranks may not be the cheapest choices.
  return cheapest(problem);
}
