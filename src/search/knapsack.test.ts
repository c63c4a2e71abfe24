import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, totalCost, type BudgetProblem } from './budget';
import { InfeasibleBudgetError } from './errors';
import { greedyPicks } from './greedy';
import { solveKnapsack, totalError } from './knapsack';
import { solveWithin } from './multipleBudgets';
import { repair } from './repair';

interface Instance {
  readonly errors: number[][];
  readonly problem: BudgetProblem;
}

/** Any errors and costs, not only those of nested ranks; small integers make ties likely, reals make them unlikely. */
const instances: fc.Arbitrary<Instance> = fc
  .tuple(
    fc.array(
      fc.array(
        fc.tuple(fc.oneof(fc.integer({ min: 0, max: 9 }), fc.double({ min: 0, max: 9, noNaN: true })), fc.nat(9)),
        {
          minLength: 1,
          maxLength: 5,
        },
      ),
      { minLength: 1, maxLength: 6 },
    ),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(20),
  )
  .map(([sites, tightness, constant]) => {
    const costs = sites.map((site) => site.map(([cost]) => cost));
    const errors = sites.map((site) => site.map(([, error]) => error));
    const sum = (of: (site: number[]) => number): number => costs.reduce((total, site) => total + of(site), constant);
    const least = sum((site) => Math.min(...site));
    const most = sum((site) => Math.max(...site));
    // The room keeps the instance feasible whatever the rounding of the sums.
    const limit = least + tightness * (most - least) + 1e-9;
    return { errors, problem: { resource: 'macs', limit, constant, costs } };
  });

function bruteForce({ errors, problem }: Instance): number {
  let best = Infinity;
  const picks: number[] = [];
  const visit = (site: number): void => {
    if (site === errors.length) {
      if (totalCost(problem, picks) <= problem.limit) best = Math.min(best, totalError(errors, picks));
      return;
    }
    for (let a = 0; a < errors[site].length; a++) {
      picks[site] = a;
      visit(site + 1);
    }
  };
  visit(0);
  return best;
}

describe('solveKnapsack', () => {
  it('finds the optimum that brute force finds, within the limit, above its own lower bound', () => {
    fc.assert(
      fc.property(instances, (instance) => {
        const solution = solveKnapsack(instance.errors, instance.problem);
        expect(solution.exact).toBe(true);
        expect(solution.cost).toBe(totalCost(instance.problem, solution.picks));
        expect(solution.cost).toBeLessThanOrEqual(instance.problem.limit);
        expect(solution.error).toBeCloseTo(totalError(instance.errors, solution.picks), 12);
        expect(solution.error).toBeCloseTo(bruteForce(instance), 9);
        expect(solution.lowerBound).toBeLessThanOrEqual(solution.error + 1e-9);
      }),
      { numRuns: 1000 },
    );
  });

  it('has the multiplier of the relaxed problem: no site gains by another choice at that price, on the relaxation', () => {
    const errors = [
      [4, 1, 0],
      [9, 3, 0],
    ];
    const costs = [
      [0, 1, 2],
      [0, 1, 2],
    ];
    // Hull slopes are 3, 1 at the first site and 6, 3 at the second: down from 4 to 3 costs 1, down to 2 costs 3 more.
    const at = (limit: number): number =>
      solveKnapsack(errors, { resource: 'macs', limit, constant: 0, costs }).multiplier;
    expect([at(4), at(3), at(2), at(0)]).toEqual([0, 1, 3, 6]);
  });

  it('stays exact and quick on as many layers as real networks have, with measured (irregular) costs', () => {
    const { errors, problem } = network(60, 9, 5);
    const solution = solveKnapsack(errors, problem);
    expect(solution.exact).toBe(true);
    expect(solution.cost).toBeLessThanOrEqual(problem.limit);
    // The relaxation's bound proves how near the optimum is, whatever the search did.
    expect(solution.error - solution.lowerBound).toBeLessThan(0.02 * solution.error);
  });

  it('keeps within the limit and says so when it has to be cut short', () => {
    const { errors, problem } = network(30, 9, 3);
    const whole = solveKnapsack(errors, problem);
    const short = solveKnapsack(errors, problem, 2);
    expect(short.exact).toBe(false);
    expect(short.cost).toBeLessThanOrEqual(problem.limit);
    expect(short.error).toBeGreaterThanOrEqual(whole.error);
    expect(short.lowerBound).toBeLessThanOrEqual(whole.error);
  });

  it('names the least reachable cost when the budget is below it', () => {
    const problem: BudgetProblem = { resource: 'macs', limit: 4, constant: 2, costs: [[3, 5], [1]] };
    const attempt = (): unknown => solveKnapsack([[1, 0], [0]], problem);
    expect(attempt).toThrow(InfeasibleBudgetError);
    try {
      attempt();
    } catch (error) {
      expect((error as InfeasibleBudgetError).least).toBe(6);
    }
  });
});

describe('greedyPicks and repair', () => {
  it('never exceed the budget and never beat the optimum', () => {
    fc.assert(
      fc.property(instances, fc.infiniteStream(fc.nat()), ({ errors, problem }, random) => {
        const optimum = solveKnapsack(errors, problem).error;
        const start = errors.map((site) => (random.next().value as number) % site.length);
        for (const picks of [greedyPicks(errors, [problem]), repair(start, errors, [problem])]) {
          expect(totalCost(problem, picks)).toBeLessThanOrEqual(problem.limit);
          expect(totalError(errors, picks)).toBeGreaterThanOrEqual(optimum - 1e-9);
        }
      }),
    );
  });

  it('repair leaves no affordable improvement of a single site', () => {
    fc.assert(
      fc.property(instances, ({ errors, problem }) => {
        const picks = repair(
          errors.map(() => 0),
          errors,
          [problem],
        );
        for (const [site, options] of errors.entries()) {
          for (const [a, error] of options.entries()) {
            if (error < options[picks[site]] - 1e-5) expect(holds([problem], picks.with(site, a))).toBe(false);
          }
        }
      }),
    );
  });
});

describe('solveWithin', () => {
  it('holds every budget, and is the exact optimum when the others are slack', () => {
    const { errors, problem } = network(12, 6, 8);
    const optimum = solveKnapsack(errors, problem);
    const slack: BudgetProblem = { ...problem, limit: 1e9, resource: 'params' };
    expect(solveWithin(errors, [problem, slack]).picks).toEqual(optimum.picks);

    const reversed = problem.costs.map((site) => site.map((cost, a) => (a + 1) ** 2 * (1 + (cost % 1))));
    const second: BudgetProblem = { resource: 'params', constant: 0, costs: reversed, limit: 0 };
    const tight = { ...second, limit: 0.6 * totalCost(second, optimum.picks) };
    const both = solveWithin(errors, [problem, tight]);
    expect(holds([problem, tight], both.picks)).toBe(true);
    expect(both.error).toBeGreaterThanOrEqual(optimum.error);
  });
});

/** Decaying errors and rising, irregular costs, from a fixed sequence. */
function network(sites: number, choices: number, seed: number): Instance {
  let state = seed;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const costs = Array.from({ length: sites }, () => {
    const scale = 0.2 + random();
    return Array.from({ length: choices }, (_, a) => scale * (a + 1 + 0.5 * random()));
  });
  const errors = Array.from({ length: sites }, () => {
    const decay = 0.2 + 0.6 * random();
    return Array.from({ length: choices }, (_, a) => (a === choices - 1 ? 0 : decay ** (a + 1)));
  });
  const most = costs.reduce((sum, site) => sum + site[choices - 1], 0);
  return { errors, problem: { resource: 'latency', limit: 0.5 * most, constant: 0, costs } };
}
