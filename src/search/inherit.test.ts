import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../onnx/graphBuilder';
import { evaluate, randomTensor, relativeDifference } from '../methods/testing/models';
import { Session } from '../runtime/session';
import { Random } from '../tensor/random';
import { float32, type Tensor } from '../tensor/tensor';
import { stepInput } from '../training/objective';
import { crossEntropy } from '../training/objectives/crossEntropy';
import { inherit } from './inherit';
import { measureLossRises } from './lossRise';
import { keepIndex } from './space';
import { makeSupernet, oneHot, supernetValue } from './supernet';
import { classes, smallNetwork } from './testing/smallNetwork';
import { trainableWeights } from './trainableWeights';

const batch = 8;

describe('the space of a network', () => {
  it('offers ranks that cost less than keep, with falling errors, at every layer that has any', async () => {
    const { search } = await smallNetwork(batch);
    expect(search.space.sites.map(({ site, method }) => [site, method])).toEqual([
      ['strided', 'tucker'],
      ['residual', 'tucker'],
      ['pointwise', 'svd'],
      ['product', 'svd'],
      ['head', 'svd'],
    ]);
    for (const site of search.space.sites) {
      const keep = site.choices[keepIndex(site)];
      expect(keep.error).toBe(0);
      for (const [a, choice] of site.choices.slice(0, -1).entries()) {
        expect(choice.macs).toBeLessThanOrEqual(keep.macs);
        expect(choice.error).toBeGreaterThan(site.choices[a + 1].error);
      }
    }
  });
});

describe('trainableWeights', () => {
  it('are what a network learns, not its statistics and sizes', async () => {
    const { model } = await smallNetwork(batch);
    expect(trainableWeights(model).sort()).toEqual(['bias', 'scale', 'shift', 'w1', 'w2', 'w3', 'w4', 'w5']);
  });

  it('are scale and shift of a normalisation in arithmetic, not the numbers that it is calculated with', () => {
    const builder = new GraphBuilder(undefined, 'norm');
    const constant = (name: string, dims: readonly number[], value: number): string =>
      builder.constant(float32(dims, new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(value)), name);
    const x = builder.input('x', 'float32', [2, 4]);
    const last = builder.ints([-1]);
    const centred = builder.op('Sub', [x, builder.op('ReduceMean', [x, last])]);
    const variance = builder.op('ReduceMean', [builder.op('Mul', [centred, centred]), last]);
    const deviation = builder.op('Sqrt', [builder.op('Add', [variance, constant('epsilon', [], 1e-5)])]);
    const halved = builder.op('Mul', [builder.op('Div', [centred, deviation]), constant('half', [1], 0.5)]);
    const scaled = builder.op('Mul', [builder.op('Div', [halved, deviation]), constant('scale', [4], 1)]);
    const shifted = builder.op('Add', [scaled, constant('shift', [4], 0)]);
    builder.output(builder.op('Add', [shifted, constant('one', [4], 1)]), 'float32', [2, 4]);
    expect(trainableWeights(builder.model).sort()).toEqual(['scale', 'shift']);
  });
});

describe('inherit', () => {
  it('makes the model that the supernet computes when it selects the picks, whatever its weights were trained to', async () => {
    const { model, search } = await smallNetwork(batch);
    const random = Random.of('inherit');
    const supernet = makeSupernet(model, search.space, search.sites, { kind: 'inputs' });
    const names = [
      ...supernet.layers.flatMap(({ weights: { u, core, v } }) => (core ? [u, core, v] : [u, v])),
      ...['scale', 'shift', 'mean', 'bias'],
    ];
    const weights = new Map(
      names.map((name): [string, Tensor<Float32Array>] => {
        const { dims, data } = supernet.model.graph.weights.get(name)!.tensor() as Tensor<Float32Array>;
        const noise = randomTensor(dims, random).data;
        return [
          name,
          float32(
            dims,
            data.map((value, i) => value + 0.1 * noise[i]),
          ),
        ];
      }),
    );
    const trained = supernet.model.clone();
    for (const [name, tensor] of weights) trained.graph.setWeight(name, tensor);
    const x = randomTensor([batch, 8, 6, 6], random);
    const kept = search.space.sites.map(keepIndex);
    const cut = search.space.sites.map(() => 0);
    const mixed = kept.map((keep, i) => (i % 2 === 0 ? keep : 0));
    for (const picks of [kept, cut, mixed, mixed.map((pick, i) => (pick === 0 ? kept[i] : 0))]) {
      const selected = picks.map((pick, i) => [
        supernetValue.probabilities(i),
        oneHot(search.space.sites[i].choices.length, pick),
      ]);
      const expected = await evaluate(trained, { x, ...(Object.fromEntries(selected) as Record<string, Tensor>) });
      const { model: inherited, factors } = await inherit(model, search, supernet, weights, picks);
      expect(relativeDifference(await evaluate(inherited, { x }), expected)).toBeLessThan(1e-5);
      expect([...factors.keys()]).toEqual(search.space.sites.map(({ site }) => site));
    }
    // The source is as it was.
    expect(model.graph.weights.get('scale')!.tensor()).not.toEqual(weights.get('scale'));
  });
});

describe('measureLossRises', () => {
  it('measures what cutting a layer of the model itself does to the loss', async () => {
    const { model, search } = await smallNetwork(batch);
    const random = Random.of('rises');
    const batches = [0, 1].map(() => ({
      x: randomTensor([batch, 8, 6, 6], random),
      [stepInput.labels]: {
        type: 'int32' as const,
        dims: [batch],
        data: Int32Array.from({ length: batch }, () => random.integer(classes)),
      },
    }));
    const task = { model, objective: crossEntropy(), batch };
    const { base, errors } = await measureLossRises(task, search.space, search.sites, { batches });

    const lossOf = async (picks: readonly number[]): Promise<number> => {
      const cut = model.clone();
      for (const [i, { site, method, factors }] of search.sites.entries()) {
        method.apply(cut, site, search.space.sites[i].choices[picks[i]].choice, factors);
      }
      const session = await Session.create(cut);
      let sum = 0;
      for (const feeds of batches) {
        const { y } = await session.run({ x: feeds.x });
        sum += crossEntropyOf(y.data as Float32Array, feeds[stepInput.labels].data as Int32Array) / batches.length;
      }
      await session.dispose();
      return sum;
    };
    const kept = search.space.sites.map(keepIndex);
    expect(base).toBeCloseTo(await lossOf(kept), 5);
    for (const [i, site] of search.space.sites.entries()) {
      for (const a of site.choices.keys()) {
        const rise = Math.max(0, (await lossOf(kept.with(i, a))) - base);
        expect(errors[i][a]).toBeCloseTo(rise, 5);
      }
    }
  });
});

/** Mean of -log softmax(y)[label], in float64. */
function crossEntropyOf(y: Float32Array, labels: Int32Array): number {
  let sum = 0;
  for (const [n, label] of labels.entries()) {
    const row = y.subarray(n * classes, (n + 1) * classes);
    sum += Math.log(row.reduce((total, value) => total + Math.exp(value), 0)) - row[label];
  }
  return sum / labels.length;
}
