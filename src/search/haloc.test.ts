import { describe, expect, it } from 'vitest';
import { evaluate } from '../methods/testing/models';
import { Session } from '../runtime/session';
import { budgetProblem, totalCost } from './budget';
import { searchHaloc, type HalocOptions, type HalocResult, type HalocState } from './haloc';
import { publishedHalocSettings } from './halocSettings';
import { measureLossRises } from './lossRise';
import type { SearchEvent } from './progress';
import { searchSeparable } from './separableSearch';
import { batch, plantedNetwork, width, type PlantedNetwork } from './testing/plantedNetwork';

const ranks = [2, 4, 8, 16, 24];
const byMacs = (rank: number): number => 2 * width * rank;
const byStairs = (rank: number): number => Math.ceil(rank / 8);

function chosen({ search }: PlantedNetwork, { picks }: { picks: readonly number[] }): (number | 'keep')[] {
  return search.space.sites.map(({ choices }, i) => {
    const { choice } = choices[picks[i]];
    return choice.kind === 'keep' ? 'keep' : choice.rank;
  });
}

function run(network: PlantedNetwork, limit: number, options: Partial<HalocOptions> = {}): Promise<HalocResult> {
  const { task, search, data, calibration } = network;
  return searchHaloc(task, search, { data, calibration, budgets: [{ resource: 'macs', limit }], seed: 1, ...options });
}

describe('measureLossRises', () => {
  it('sees the planted ranks: no rise to speak of from the true rank on, much below it', async () => {
    const { task, search, calibration } = await plantedNetwork(ranks, byMacs);
    const { base, errors } = await measureLossRises(task, search.space, search.sites, { batches: calibration });
    expect(base).toBeLessThan(1e-9);
    expect(errors.map((site) => site[site.length - 1])).toEqual([0, 0]);
    for (const [site, rank] of [4, 16].entries()) {
      const at = ranks.indexOf(rank);
      expect(errors[site][at - 1]).toBeGreaterThan(20 * errors[site][at]);
    }
  });
});

describe('searchHaloc', () => {
  it('finds the planted ranks at budgets that just hold them (docs/haloc.md, Checks)', async () => {
    const network = await plantedNetwork(ranks, byMacs);
    for (const limit of [byMacs(4) + byMacs(16), byMacs(4) + byMacs(16) + width]) {
      expect(chosen(network, await run(network, limit))).toEqual([4, 16]);
    }
  });

  it('finds them as published too: equal logits, soft budget factor, falling temperature', async () => {
    const network = await plantedNetwork(ranks, byMacs);
    const settings = { ...publishedHalocSettings, featureWeight: 0, epochs: 6, logitRate: 0.05 };
    const result = await run(network, byMacs(4) + byMacs(16), { settings });
    expect(chosen(network, result)).toEqual([4, 16]);
  });

  it('takes rank 8 instead of 4 where the hardware makes it no slower (docs/haloc.md, Checks)', async () => {
    const network = await plantedNetwork(ranks, byStairs);
    expect(chosen(network, await run(network, byStairs(8) + byStairs(16)))).toEqual([8, 16]);
  });

  it('aims at what holds in truth while it trains, so that the first plan it chooses is on the limit', async () => {
    const network = await plantedNetwork(ranks, byMacs);
    const planted = byMacs(4) + byMacs(16);
    const limit = 1.6 * planted;
    const problem = budgetProblem(network.search.space, { resource: 'macs', limit });
    let steps = 0;
    const measuredAt: number[] = [];
    const states: HalocState[] = [];
    const options: Partial<HalocOptions> = {
      // Everything takes longer than the sum of its parts.
      measured: async (picks) => (measuredAt.push(steps), 1.6 * totalCost(problem, picks)),
      listen: (event) => event.kind === 'step' && (steps = event.step),
      checkpoint: { everySteps: 70, save: (state) => void states.push(state) },
    };
    const result = await run(network, limit, options);
    expect(chosen(network, result)).toEqual([4, 16]);
    expect(states[0].start.limit).toBeCloseTo(planted, 6);
    expect(measuredAt.filter((step) => step === 0).length).toBeGreaterThan(0);
    expect(measuredAt.filter((step) => step > 0)).toEqual([result.steps]);
    // A search that is taken up again knows what it aims at.
    measuredAt.length = 0;
    const again = await run(network, limit, { ...options, resume: states.at(-1) });
    expect(again.picks).toEqual(result.picks);
    expect(measuredAt).toEqual([result.steps]);
  });

  it('gives the same plan for the same seed, and the same bits when it is resumed at any checkpoint', async () => {
    const network = await plantedNetwork(ranks, byMacs);
    const states: HalocState[] = [];
    const settings = { epochs: 2 };
    const checkpoint = { everySteps: 27, save: (state: HalocState) => void states.push(state) };
    const whole = await run(network, byMacs(12), { settings, checkpoint });
    expect(states.map(({ snapshot }) => snapshot.stepsDone)).toEqual([0, 27, 54]);
    for (const resume of [undefined, ...states]) {
      const again = await run(network, byMacs(12), { settings, resume });
      expect(again.picks).toEqual(whole.picks);
      expect(again.probabilities).toEqual(whole.probabilities);
      for (const [layer, factors] of again.factors) expect(factors).toEqual(whole.factors.get(layer));
    }
    const other = await run(network, byMacs(12), { settings, seed: 2 });
    expect(other.probabilities).not.toEqual(whole.probabilities);
  });

  it('measures around the present plan in rounds, and resumes to the same bits there too', async () => {
    const network = await plantedNetwork(ranks, byMacs);
    const settings = { epochs: 2, rounds: 2 };
    const states: HalocState[] = [];
    const measured: number[] = [];
    const listen = (event: SearchEvent): void => {
      if (event.kind === 'measured' && event.done === event.total) measured.push(event.total);
    };
    const checkpoint = { everySteps: 27, save: (state: HalocState) => void states.push(state) };
    const limit = byMacs(4) + byMacs(16);
    const whole = await run(network, limit, { settings, checkpoint, listen });
    expect(chosen(network, whole)).toEqual([4, 16]);
    // Once before the search, and at steps 27 and 54 of 80.
    expect(measured).toEqual([10, 10, 10]);
    const [, , last] = states;
    expect(last.snapshot.stepsDone).toBe(54);
    const again = await run(network, limit, { settings, resume: last });
    expect(again.probabilities).toEqual(whole.probabilities);
    const plain = await run(network, limit, { settings: { epochs: 2 } });
    expect(plain.probabilities).not.toEqual(whole.probabilities);
  });

  it('never exceeds the budget, and hands over a model made of the trained factors', async () => {
    const network = await plantedNetwork(ranks, byMacs);
    const { calibration, search, task } = network;
    const settings = { epochs: 1 };
    for (const limit of [byMacs(6), byMacs(20), byMacs(45), byMacs(63)]) {
      const result = await run(network, limit, { settings });
      const problem = budgetProblem(search.space, { resource: 'macs', limit });
      expect(totalCost(problem, result.picks)).toBeLessThanOrEqual(limit);

      const [sample] = calibration;
      const y = (await evaluate(result.model, { x: sample.x })).data as Float32Array;
      const wanted = (await evaluate(task.model, { x: sample.x })).data as Float32Array;
      const error = y.reduce((sum, value, i) => sum + (value - wanted[i]) ** 2, 0) / y.length;
      // The exact knapsack on measured rises, without training, is what training under the masks starts from.
      const rises = await measureLossRises(task, search.space, search.sites, { batches: calibration });
      const knapsack = searchSeparable('knapsack', search.space, [{ resource: 'macs', limit }], {
        errors: rises.errors,
      });
      const power = wanted.reduce((sum, value) => sum + value ** 2, 0) / wanted.length;
      expect(error).toBeLessThan(2 * knapsack.diagnostics.error + 0.05 * power);
      expect(result.diagnostics.knapsack).toEqual(knapsack.picks);
      const session = await Session.create(result.model);
      expect(session.outputs.map(({ name, dims }) => [name, dims])).toEqual([['y', [batch, width]]]);
      await session.dispose();
    }
  });

  it('keeps everything when the budget allows it, without a step of training', async () => {
    const network = await plantedNetwork(ranks, byMacs);
    const result = await run(network, 2 * byMacs(width));
    expect(chosen(network, result)).toEqual(['keep', 'keep']);
    expect(result.steps).toBe(0);
  });

  it('tells how it goes, and ends with the best so far when it is stopped', async () => {
    const network = await plantedNetwork(ranks, byMacs);
    const stop = new AbortController();
    const events: SearchEvent[] = [];
    const listen = (event: SearchEvent): void => {
      events.push(event);
      if (event.kind === 'step' && event.step === 21) stop.abort();
    };
    const limit = byMacs(20);
    const result = await run(network, limit, { listen, signal: stop.signal });
    expect(result.steps).toBe(21);
    const problem = budgetProblem(network.search.space, { resource: 'macs', limit });
    expect(totalCost(problem, result.picks)).toBeLessThanOrEqual(limit);

    const measured = events.filter((event) => event.kind === 'measured');
    expect(measured.at(-1)).toMatchObject({ done: 10, total: 10, site: 'layer16' });
    const steps = events.filter((event) => event.kind === 'step');
    expect(steps.slice(0, 5).map(({ phase }) => phase)).toEqual(['weights', 'weights', 'weights', 'logits', 'weights']);
    for (const { budgets, loss } of steps) {
      expect(loss).toBeGreaterThanOrEqual(0);
      expect(budgets[0].expected).toBeGreaterThan(0.3);
    }
    const [probabilities] = events.filter((event) => event.kind === 'probabilities');
    for (const { probabilities: p } of probabilities.sites) expect(p.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
  });

  it('makes a plan even when it is stopped before anything was measured', async () => {
    const network = await plantedNetwork(ranks, byMacs);
    const result = await run(network, byMacs(20), { signal: AbortSignal.abort() });
    expect(result.steps).toBe(0);
    expect(chosen(network, result)).toEqual([4, 16]);
  });

  it.each([
    ['feature maps are far more than the loss', 'Relu', { featureWeight: 100, epochs: 1 }],
    ['they are left out', 'Relu', { featureWeight: 0 }],
    ['there are none but the outputs', 'Tanh', {}],
    ['all of a step are compared', 'Relu', { featureShare: 1, featureMaps: 1000 }],
  ])('finds the planted ranks when %s', async (_, activation, settings) => {
    const network = await plantedNetwork(ranks, byMacs, activation);
    expect(chosen(network, await run(network, byMacs(20), { settings }))).toEqual([4, 16]);
  });
});
