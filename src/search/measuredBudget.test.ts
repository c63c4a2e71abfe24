import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetProblem, cheapest, totalCost } from './budget';
import { InfeasibleBudgetError } from './errors';
import { calibratedLimit, chooseMeasured } from './measuredBudget';
import { energyErrors, searchSeparable } from './separableSearch';
import type { Picks } from './space';
import { planted } from './testing/spaces';

const { space } = planted({
  constant: 10,
  sites: Array.from({ length: 6 }, (_, i) => Array.from({ length: 12 }, (_, a) => (a + 1) * (5 + i))),
});
const problem = budgetProblem(space, { resource: 'macs', limit: 1e6 });
const tableCost = (picks: Picks): number => totalCost(problem, picks);
const choose = (limit: number): Picks => searchSeparable('knapsack', space, [{ resource: 'macs', limit }]).picks;
const table = { choose, cost: tableCost };
const error = (picks: Picks): number => picks.reduce((sum, pick, i) => sum + energyErrors(space)[i][pick], 0);
const least = tableCost(cheapest(problem));
const dense = space.dense.macs;

/** A machine that costs more or less than the table says, and a limit that plans hold on it. */
const machines = fc
  .record({
    scale: fc.double({ min: 0.6, max: 1.5, noNaN: true }),
    overhead: fc.double({ min: 0, max: 60, noNaN: true }),
    share: fc.double({ min: 0.35, max: 0.9, noNaN: true }),
  })
  .map(({ scale, overhead, share }) => {
    const truth = (picks: Picks): number => overhead + scale * tableCost(picks);
    return { truth, limit: share * truth(space.sites.map(({ choices }) => choices.length - 1)) };
  })
  .filter(({ truth, limit }) => truth(cheapest(problem)) < 0.8 * limit && limit > 1.05 * least);

describe('chooseMeasured', () => {
  it('holds the limit in truth, whatever the table leaves out, and measures a few plans only', async () => {
    await fc.assert(
      fc.asyncProperty(machines, async ({ truth, limit }) => {
        let calls = 0;
        const { picks } = await chooseMeasured(table, limit, async (tried) => (calls++, truth(tried)));
        expect(truth(picks)).toBeLessThanOrEqual(1.02 * limit);
        expect(calls).toBeLessThanOrEqual(4);
      }),
    );
  });

  it('uses what a pessimistic table leaves over', async () => {
    const limit = 0.4 * dense;
    const truth = (picks: Picks): number => 0.7 * tableCost(picks);
    const { picks } = await chooseMeasured(table, limit, async (tried) => truth(tried));
    expect(truth(picks)).toBeGreaterThan(0.95 * limit);
    expect(error(picks)).toBeLessThan(error(choose(limit)));
  });

  it('takes the first choice when it is measured on the limit', async () => {
    const limit = 0.5 * dense;
    const asked: number[] = [];
    const { picks } = await chooseMeasured(
      { ...table, choose: (at) => (asked.push(at), choose(at)) },
      limit,
      async () => 0.99 * limit,
    );
    expect(picks).toEqual(choose(limit));
    expect(asked).toEqual([limit]);
  });

  it('gives the least measured when nothing holds, and throws only when the table knows no plan', async () => {
    const limit = 1.1 * least;
    const { picks } = await chooseMeasured(table, limit, async (tried) => 2 * tableCost(tried));
    expect(tableCost(picks)).toBeLessThanOrEqual(limit);
    await expect(chooseMeasured(table, 0.9 * least, async () => 1)).rejects.toThrow(InfeasibleBudgetError);
  });
});

describe('calibratedLimit', () => {
  it('is a limit under which the table chooses what costs the true limit, whatever it leaves out', async () => {
    await fc.assert(
      fc.asyncProperty(machines, async ({ truth, limit }) => {
        const aimed = await calibratedLimit(table, limit, async (tried) => truth(tried));
        const cost = truth(choose(aimed));
        expect(cost).toBeLessThanOrEqual(1.02 * limit);
        expect(cost).toBeGreaterThan(0.9 * limit);
      }),
    );
  });
});
