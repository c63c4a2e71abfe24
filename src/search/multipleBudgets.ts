import { formatAmount, holds, reachableBudget, totalCost, type BudgetProblem } from './budget';
import { InfeasibleBudgetError } from './errors';
import { solveKnapsack, totalError, type KnapsackSolution } from './knapsack';

/** Rounds of raising the prices of budgets that are still exceeded. */
const priceRounds = 40;

/**
 * Least summed error within several budgets at once: the knapsack is exact on the first one; each other budget enters as a
 * price on its resource, raised until it is met and then lowered by bisection as far as it holds.
 * With one budget this is the exact optimum. The multiplier is that of the first budget.
 * @throws InfeasibleBudgetError when a budget can't be met, alone or beside the others
 */
export function solveWithin(
  errors: readonly (readonly number[])[],
  [primary, ...others]: readonly BudgetProblem[],
): KnapsackSolution {
  const plain = solveKnapsack(errors, primary);
  if (holds(others, plain.picks)) return plain;
  const spread = Math.max(...errors.map((site) => Math.max(...site) - Math.min(...site)));
  const priced = (price: number): KnapsackSolution => {
    const sum = errors.map((site, i) =>
      site.map((error, a) => others.reduce((total, { costs, limit }) => total + (price * costs[i][a]) / limit, error)),
    );
    return solveKnapsack(sum, primary);
  };
  let low = 0;
  let high = spread || 1;
  let solution = priced(high);
  for (let round = 0; !holds(others, solution.picks); round++) {
    if (round === priceRounds) throw unreachable(others, solution.picks);
    low = high;
    high *= 4;
    solution = priced(high);
  }
  for (let round = 0; round < priceRounds; round++) {
    const middle = (low + high) / 2;
    const tried = priced(middle);
    if (holds(others, tried.picks)) [high, solution] = [middle, tried];
    else low = middle;
  }
  return {
    ...solution,
    error: totalError(errors, solution.picks),
    lowerBound: plain.lowerBound,
    exact: false,
  };
}

function unreachable(others: readonly BudgetProblem[], picks: readonly number[]): InfeasibleBudgetError {
  const problem = others.find((other) => totalCost(other, picks) > other.limit) ?? others[0];
  const least = totalCost(problem, picks);
  return new InfeasibleBudgetError(
    `The ${problem.resource} budget of ${formatAmount(problem.resource, problem.limit)} can't be met beside the other budgets: ${formatAmount(problem.resource, least)} was the least found.`,
    'Loosen one of the budgets.',
    problem.resource,
    least,
    reachableBudget(problem.resource, least),
  );
}
