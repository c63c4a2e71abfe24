import { assertFeasible, cheapest, totalCost, type BudgetProblem } from './budget';

export interface KnapsackSolution {
  readonly picks: number[];
  /** Total cost of the picks, constant part included. */
  readonly cost: number;
  /** Summed error of the picks. */
  readonly error: number;
  /** Lagrange multiplier of the budget: error that a unit of cost buys at the optimum of the relaxed problem; 0 in a slack budget. */
  readonly multiplier: number;
  /** No picks within the budget have a smaller error than this. */
  readonly lowerBound: number;
  /** False when the search had to be cut short; the picks are then within `error - lowerBound` of the optimum. */
  readonly exact: boolean;
}

/** Partial solutions kept per site before the search is cut short: far above what real models need, some 100 MB. */
const mostStates = 500_000;

/**
 * One choice per site with the least summed error within the budget (the multiple-choice knapsack), exactly: dynamic
 * programming over the cost-error front of partial solutions, pruned by the Lagrangian bound. Costs may be any real numbers.
 * @param errors error of each choice of each site, finite; only sums matter
 * @throws InfeasibleBudgetError when no picks are within the budget
 */
export function solveKnapsack(
  errors: readonly (readonly number[])[],
  problem: BudgetProblem,
  stateLimit = mostStates,
): KnapsackSolution {
  assertFeasible(problem);
  const { costs, constant, limit } = problem;
  const relaxed = relax(errors, problem);
  const { multiplier } = relaxed;
  const sites = costs.length;

  // What the sites still to come cost and add to the Lagrangian at least.
  const restCost = new Float64Array(sites + 1);
  const restBound = new Float64Array(sites + 1);
  for (let i = sites - 1; i >= 0; i--) {
    restCost[i] = restCost[i + 1] + Math.min(...costs[i]);
    restBound[i] = restBound[i + 1] + Math.min(...costs[i].map((cost, a) => errors[i][a] + multiplier * cost));
  }
  const lowerBound = constant * multiplier + restBound[0] - multiplier * limit;
  const best = {
    picks: relaxed.picks,
    cost: totalCost(problem, relaxed.picks),
    error: totalError(errors, relaxed.picks),
  };
  // Rounding must prune no optimum: bounds are compared with this much room.
  const size = errors.reduce((sum, site) => sum + Math.max(...site.map(Math.abs)), 0) + multiplier * Math.abs(limit);
  const room = 1e-12 * size;
  const costRoom = 1e-12 * (Math.abs(limit) + Math.abs(constant));

  let exact = true;
  let front: State[] = [{ cost: constant, error: 0, pick: -1 }];
  for (let i = 0; i < sites; i++) {
    const options = undominated(costs[i], errors[i]);
    const next: State[] = [];
    for (const from of front) {
      for (const pick of options) {
        const cost = from.cost + costs[i][pick];
        const error = from.error + errors[i][pick];
        if (cost + restCost[i + 1] > limit + costRoom) continue;
        if (error + multiplier * (cost - limit) + restBound[i + 1] > best.error + room) continue;
        next.push({ cost, error, pick, from });
      }
    }
    front = undominatedStates(next);
    if (front.length > stateLimit) {
      exact = false;
      front = front.filter(
        (_, k) => Math.floor((k * stateLimit) / front.length) !== Math.floor(((k - 1) * stateLimit) / front.length),
      );
    }
  }
  const within = front.filter(({ cost }) => cost <= limit);
  const last = within.at(-1); // errors fall along the front
  if (last && (last.error < best.error || (last.error === best.error && last.cost < best.cost))) {
    return { picks: picksOf(last), cost: last.cost, error: last.error, multiplier, lowerBound, exact };
  }
  return { ...best, multiplier, lowerBound, exact };
}

/** Summed error of picks, in site order. */
export function totalError(errors: readonly (readonly number[])[], picks: readonly number[]): number {
  return errors.reduce((sum, site, i) => sum + site[picks[i]], 0);
}

interface State {
  readonly cost: number;
  readonly error: number;
  readonly pick: number;
  readonly from?: State;
}

function picksOf(state: State): number[] {
  const picks: number[] = [];
  for (let at: State | undefined = state; at?.from; at = at.from) picks.push(at.pick);
  return picks.reverse();
}

/** States that no other beats in both cost and error, by rising cost and falling error. */
function undominatedStates(states: State[]): State[] {
  states.sort((a, b) => a.cost - b.cost || a.error - b.error);
  const front: State[] = [];
  let least = Infinity;
  for (const state of states) {
    if (state.error >= least) continue;
    least = state.error;
    front.push(state);
  }
  return front;
}

/** Choices that no other choice of the site beats in both cost and error, by rising cost. */
function undominated(costs: readonly number[], errors: readonly number[]): number[] {
  const order = costs.map((_, a) => a).sort((a, b) => costs[a] - costs[b] || errors[a] - errors[b] || a - b);
  let least = Infinity;
  return order.filter((a) => {
    if (errors[a] >= least) return false;
    least = errors[a];
    return true;
  });
}

/** The relaxed problem's multiplier, and picks within the budget found on the way to it. */
interface Relaxation {
  readonly multiplier: number;
  readonly picks: number[];
}

/**
 * Solves the relaxation in which a site may mix two choices: start from every site's least error and take the steps down
 * the convex hulls of the sites' cost-error fronts, least rise of error per cost saved first, until the budget is met. The
 * last step's slope is the Lagrange multiplier.
 */
function relax(errors: readonly (readonly number[])[], problem: BudgetProblem): Relaxation {
  const hulls = problem.costs.map((costs, i) => hull(costs, errors[i]));
  const picks = hulls.map((corners) => corners[corners.length - 1]);
  const steps = hulls.flatMap((corners, site) =>
    corners.slice(1).map((from, k) => {
      const to = corners[k];
      const slope = (errors[site][to] - errors[site][from]) / (problem.costs[site][from] - problem.costs[site][to]);
      return { site, to, slope, down: corners.length - 1 - k };
    }),
  );
  // Along one hull slopes rise downwards; `down` keeps equal ones in order.
  steps.sort((a, b) => a.slope - b.slope || a.site - b.site || a.down - b.down);
  let multiplier = 0;
  for (const { site, to, slope } of steps) {
    if (totalCost(problem, picks) <= problem.limit) break;
    picks[site] = to;
    multiplier = slope;
  }
  // The hulls' ends are the cheapest choices, up to the rounding of the sum.
  return totalCost(problem, picks) <= problem.limit ? { multiplier, picks } : { multiplier, picks: cheapest(problem) };
}

/** Corners of the lower convex hull of a site's cost-error front, by rising cost. */
function hull(costs: readonly number[], errors: readonly number[]): number[] {
  const corners: number[] = [];
  for (const a of undominated(costs, errors)) {
    for (;;) {
      const [before, last] = corners.slice(-2);
      if (last === undefined) break;
      const above =
        (errors[before] - errors[last]) * (costs[a] - costs[last]) <=
        (errors[last] - errors[a]) * (costs[last] - costs[before]);
      if (!above) break;
      corners.pop();
    }
    corners.push(a);
  }
  return corners;
}
