import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetProblem, cheapest, totalCost } from './budget';
import { searchSeparable, type SeparableSearch } from './separableSearch';
import type { Space } from './space';
import { planted } from './testing/spaces';

/** Layers with decaying spectra: the error of a rank is the energy beyond it, its cost grows with the rank. */
const spaces: fc.Arbitrary<Space> = fc
  .array(
    fc.record({
      decay: fc.double({ min: 0.05, max: 0.9, noNaN: true }),
      scale: fc.integer({ min: 1, max: 50 }),
      ranks: fc.integer({ min: 1, max: 8 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((layers) => {
    const costs = layers.map(({ scale, ranks }) => Array.from({ length: ranks + 1 }, (_, a) => scale * (a + 1)));
    const errors = layers.map(({ decay, ranks }) =>
      Array.from({ length: ranks + 1 }, (_, a) => (a === ranks ? 0 : decay ** (a + 1))),
    );
    return planted({ constant: 10, sites: costs, errors }).space;
  });

const kinds: readonly SeparableSearch[] = ['knapsack', 'greedy', 'uniform'];

/** The budget at a share of the way from the smallest plan to the dense model. */
function limitAt(space: Space, share: number): number {
  const problem = budgetProblem(space, { resource: 'macs', limit: Infinity });
  const least = totalCost(problem, cheapest(problem));
  return least + share * (space.dense.macs - least);
}

describe('searchSeparable', () => {
  it('stays within the budget, whichever search, and none beats the knapsack', () => {
    fc.assert(
      fc.property(spaces, fc.double({ min: 0, max: 1, noNaN: true }), (space, share) => {
        const limit = limitAt(space, share);
        const problem = budgetProblem(space, { resource: 'macs', limit });
        const results = kinds.map((kind) => searchSeparable(kind, space, [{ resource: 'macs', limit }]));
        for (const { picks, diagnostics } of results) {
          expect(totalCost(problem, picks)).toBeLessThanOrEqual(limit);
          expect(diagnostics.error).toBeGreaterThanOrEqual(results[0].diagnostics.error - 1e-12);
          expect(diagnostics.error).toBeGreaterThanOrEqual(diagnostics.lowerBound - 1e-9);
          expect(diagnostics.knapsack).toEqual(results[0].picks);
        }
      }),
    );
  });

  it('gets no better errors from a tighter budget', () => {
    fc.assert(
      fc.property(
        spaces,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (space, a, b) => {
          const at = (share: number): number =>
            searchSeparable('knapsack', space, [{ resource: 'macs', limit: limitAt(space, share) }]).diagnostics.error;
          expect(at(Math.min(a, b))).toBeGreaterThanOrEqual(at(Math.max(a, b)) - 1e-12);
        },
      ),
    );
  });

  it('keeps every layer when the budget allows it', () => {
    fc.assert(
      fc.property(spaces, (space) => {
        for (const kind of kinds) {
          const { picks } = searchSeparable(kind, space, [{ resource: 'macs', limit: space.dense.macs }]);
          expect(picks).toEqual(space.sites.map(({ choices }) => choices.length - 1));
        }
      }),
    );
  });

  it('gives the uniform search the same rank ratio everywhere', () => {
    const ranks = [8, 16, 24, 32].map((rank) => rank / 8);
    const { space } = planted({ constant: 0, sites: [ranks, ranks.map((cost) => 10 * cost)], step: 8 });
    const { picks } = searchSeparable('uniform', space, [{ resource: 'macs', limit: 25 }]);
    expect(picks).toEqual([1, 1]);
  });

  it('weakens estimated ranks by one factor, and keeps a layer whose rank reaches its width', () => {
    // Ranks 1 to 3 and keep (4); the second layer is estimated at twice the rank of the first.
    const { space } = planted({
      constant: 0,
      sites: [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ],
    });
    const at = (limit: number): readonly number[] =>
      searchSeparable('evbmf', space, [{ resource: 'macs', limit }], { estimates: [1, 2] }).picks;
    expect(at(3)).toEqual([0, 1]);
    expect(at(6)).toEqual([1, 3]);
    expect(at(8)).toEqual([3, 3]);
  });

  it('is far better than uniform on layers of unlike spectra (docs/haloc.md, Checks)', () => {
    const costs = Array.from({ length: 12 }, () => Array.from({ length: 8 }, (_, a) => a + 1));
    const errors = costs.map((site, i) => site.map((_, a) => (a === 7 ? 0 : (0.1 + 0.07 * i) ** (a + 1))));
    const { space } = planted({ constant: 0, sites: costs, errors });
    const budgets = [{ resource: 'macs' as const, limit: 40 }];
    const [knapsack, , uniform] = kinds.map((kind) => searchSeparable(kind, space, budgets).diagnostics.error);
    expect(uniform).toBeGreaterThan(1.4 * knapsack);
  });

  it('holds several budgets at once, whichever search', () => {
    const { space } = planted({
      constant: 10,
      sites: [
        [1, 2, 7],
        [3, 5, 9],
        [2, 4, 8],
      ],
    });
    const sites = space.sites.map((site) => ({
      ...site,
      choices: site.choices.map((choice, a) => ({ ...choice, latencyMs: [3, 2, 1][(a + site.choices[0].macs) % 3] })),
    }));
    const timed: Space = { sites, dense: { ...space.dense, latencyMs: 20 } };
    const budgets = [
      { resource: 'macs' as const, limit: 28 },
      { resource: 'latency' as const, limit: 18 },
    ];
    for (const kind of kinds) {
      const { picks } = searchSeparable(kind, timed, budgets);
      for (const budget of budgets) {
        const problem = budgetProblem(timed, budget);
        expect(totalCost(problem, picks)).toBeLessThanOrEqual(budget.limit);
      }
    }
  });
});
