import { describe, expect, it } from 'vitest';
import { evaluate, randomTensor } from '../methods/testing/models';
import { Random } from '../tensor/random';
import { measureLossRises } from './lossRise';
import { outputError } from './outputError';
import { search } from './search';
import { keepIndex } from './space';
import { smallNetwork } from './testing/smallNetwork';

const batch = 8;

describe('a search without labels', () => {
  it('measures how far a cut moves the outputs, relative to their power', async () => {
    const { model, search: searched } = await smallNetwork(batch);
    const x = randomTensor([batch, 8, 6, 6], Random.of('unlabelled'));
    const task = { model, objective: outputError(model), batch };
    const { base, errors } = await measureLossRises(task, searched.space, searched.sites, { batches: [{ x }] });
    expect(base).toBeLessThan(1e-9);

    const wanted = (await evaluate(model, { x })).data as Float32Array;
    const [{ site, method, factors }] = searched.sites;
    const cut = model.clone();
    method.apply(cut, site, searched.space.sites[0].choices[0].choice, factors);
    const got = (await evaluate(cut, { x })).data as Float32Array;
    const power = wanted.reduce((sum, value) => sum + value ** 2, 0);
    const distance = got.reduce((sum, value, i) => sum + (value - wanted[i]) ** 2, 0);
    expect(errors[0][0]).toBeCloseTo(distance / power, 5);
    expect(errors.map((site, i) => site[keepIndex(searched.space.sites[i])])).toEqual([0, 0, 0, 0, 0]);

    const limit = 0.6 * searched.space.dense.macs;
    const outcome = await search({
      kind: 'knapsack',
      search: searched,
      budgets: [{ resource: 'macs', limit }],
      seed: 0,
      header: { model: { name: 'small.onnx', sha256: '0'.repeat(64) } },
      errors,
    });
    expect(outcome.used[0]).toBeLessThanOrEqual(1);
    expect(outcome.plan.totals?.after.macs).toBeCloseTo(outcome.used[0] * limit, 6);
    expect(outcome.plan.search).toBe('knapsack');
  });
});
