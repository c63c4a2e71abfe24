import type { BudgetProblem } from './budget';

/** Logits this far below a site's best are as good as never sampled; going lower would only make them slow to come back. */
const deepest = 6;

/** Choices next to the best one whose mean distance the sharpness sets. */
const neighbours = 3;

/** Keeps the scale finite at a site where all choices are as good as the best. */
const smallestDistance = 1e-6;

/**
 * Logits that start a search near the exact knapsack: alpha = -kappa (u - min u) with u = error + multiplier x cost, kappa
 * such that the mean of the three choices next to the best lies `sharpness` below it, so that the best few share the
 * mass (docs/haloc.md, Loop).
 * @param multiplier Lagrange multiplier of the knapsack, error per unit of cost
 */
export function warmLogits(
  errors: readonly (readonly number[])[],
  { costs }: BudgetProblem,
  multiplier: number,
  sharpness: number,
): number[][] {
  return costs.map((site, i) => {
    const priced = site.map((cost, a) => errors[i][a] + multiplier * cost);
    const best = Math.min(...priced);
    const distances = priced.map((value) => value - best);
    const near = [...distances].sort((a, b) => a - b).slice(1, 1 + neighbours);
    const mean = near.reduce((sum, value) => sum + value, 0) / Math.max(1, near.length);
    const scale = sharpness / (mean + smallestDistance * best);
    return distances.map((distance) => (distance === 0 ? 0 : -Math.min(scale * distance, deepest)));
  });
}
