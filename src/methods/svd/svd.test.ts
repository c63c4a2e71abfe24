import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../onnx/attributes';
import { makeValueInfo } from '../../onnx/graph';
import type { Layer } from '../../onnx/layers';
import type { Model } from '../../onnx/model';
import { castTo } from '../../tensor/convert';
import { Random } from '../../tensor/random';
import { float32, float64, type Tensor } from '../../tensor/tensor';
import type { MixedRank } from '../shared/method';
import type { Site } from '../shared/site';
import { evaluate, layersIn, makeModel, randomTensor, relativeDifference, type NodeSpec } from '../testing/models';
import { svd } from './svd';

interface Case {
  readonly model: Model;
  readonly x: Tensor;
}

type Make = (output: number, input: number, seed: number) => Case;

function product(
  node: Omit<NodeSpec, 'output' | 'name'>,
  x: number[],
  weight: number[],
  seed: number,
  before: NodeSpec[] = [],
): Case {
  const random = Random.of(seed);
  const bias = node.inputs.includes('b') && { b: randomTensor([3, weight.at(-1)!].slice(1), random) };
  const model = makeModel({
    x,
    weights: { w: randomTensor(weight, random), ...bias },
    nodes: [...before, { ...node, output: 'y', name: 'layer' }],
  });
  return { model, x: randomTensor(x, random) };
}

function gemm(transA: number, transB: number, left: boolean): Make {
  return (output, input, seed) => {
    const random = Random.of(seed);
    const attributes: Record<string, AttributeValue> = { transA, transB, alpha: { float: 0.5 }, beta: { float: 2 } };
    const flip = (dims: number[], flag: number): number[] => (flag ? [...dims].reverse() : dims);
    // Data of 7 places; A B = [M, K] [K, N].
    const weightDims = left ? flip([output, input], transA) : flip([input, output], transB);
    const dataDims = left ? flip([input, 7], transB) : flip([7, input], transA);
    const model = makeModel({
      x: dataDims,
      weights: { w: randomTensor(weightDims, random), b: randomTensor(left ? [output, 1] : [output], random) },
      nodes: [{ op: 'Gemm', inputs: left ? ['w', 'x', 'b'] : ['x', 'w', 'b'], output: 'y', name: 'layer', attributes }],
    });
    return { model, x: randomTensor(dataDims, random) };
  };
}

function pointwise(attributes: Record<string, AttributeValue>): Make {
  return (output, input, seed) => {
    const random = Random.of(seed);
    const x = [2, input, 8, 7];
    const model = makeModel({
      x,
      weights: { w: randomTensor([output, input, 1, 1], random), b: randomTensor([output], random) },
      nodes: [{ op: 'Conv', inputs: ['x', 'w', 'b'], output: 'y', name: 'layer', attributes }],
    });
    return { model, x: randomTensor(x, random) };
  };
}

const cases: Record<string, Make> = {
  'MatMul, weight right': (o, i, seed) => product({ op: 'MatMul', inputs: ['x', 'w'] }, [2, 3, i], [i, o], seed),
  'MatMul, weight left': (o, i, seed) => product({ op: 'MatMul', inputs: ['w', 'x'] }, [2, i, 3], [o, i], seed),
  'MatMul, vector': (o, i, seed) => product({ op: 'MatMul', inputs: ['x', 'w'] }, [i], [i, o], seed),
  'MatMul, transposed weight': (o, i, seed) =>
    product({ op: 'MatMul', inputs: ['x', 't'] }, [2, 3, i], [o, i], seed, [
      { op: 'Transpose', inputs: ['w'], output: 't', attributes: { perm: [1, 0] } },
    ]),
  'Conv 1x1': pointwise({}),
  'Conv 1x1, stride and padding': pointwise({ strides: [2, 1], pads: [1, 0, 2, 1] }),
};
for (const left of [false, true])
  for (const transA of [0, 1])
    for (const transB of [0, 1])
      cases[`Gemm, weight ${left ? 'left' : 'right'}, transA ${transA}, transB ${transB}`] = gemm(transA, transB, left);

const arguments_ = fc.record({
  make: fc.constantFrom(...Object.entries(cases)),
  output: fc.integer({ min: 5, max: 12 }),
  input: fc.integer({ min: 5, max: 12 }),
  seed: fc.integer(),
  rank: fc.integer({ min: 1, max: 13 }),
});

async function siteOf(model: Model): Promise<{ site: Site; layer: Layer }> {
  const [layer] = await layersIn(model);
  const { site } = svd.site(model, layer);
  return { layer, site: site! };
}

describe('svd.apply', () => {
  it.each(Object.entries(cases))('computes what the layer computed at full rank: %s', async (_, make) => {
    for (const [output, input] of [
      [9, 6],
      [6, 9],
    ]) {
      const { model, x } = make(output, input, output);
      const { site } = await siteOf(model);
      expect(site.fullRank).toBe(6);
      const dense = await evaluate(model, { x });
      const applied = svd.apply(model, site, { kind: 'rank', rank: 6 }, await svd.factors(model, site));
      expect(applied.weights).toEqual({ u: 'layer/u.weight', v: 'layer/v.weight' });
      expect([...model.graph.weights.keys()]).not.toContain('w');
      expect(relativeDifference(await evaluate(model, { x }), dense)).toBeLessThan(1e-5);
    }
  });

  it('costs what its formula says', async () => {
    await fc.assert(
      fc.asyncProperty(arguments_, async ({ make: [, make], output, input, seed, rank }) => {
        const { model } = make(output, input, seed);
        const { site } = await siteOf(model);
        const choice = { kind: 'rank', rank } as const;
        const factors = await svd.factors(model, site);
        const cost = svd.cost(site, choice);
        svd.apply(model, site, choice, factors);
        const parts = await layersIn(model);
        const sum = (of: (layer: Layer) => number): number => parts.reduce((total, part) => total + of(part), 0);
        expect(parts).toHaveLength(2);
        expect(sum((part) => part.macs)).toBe(cost.macs);
        expect(sum((part) => part.params)).toBe(cost.params);
        expect(sum((part) => part.bytes)).toBe(cost.bytes);
      }),
      { numRuns: 40 },
    );
  });

  it('keeps the element type and opset 9, where Gemm must have a bias', async () => {
    const random = Random.of(3);
    const model = makeModel({
      x: [4, 8],
      type: 'float16',
      opset: 9,
      weights: { w: castTo(randomTensor([8, 6], random), 'float16'), b: castTo(randomTensor([6], random), 'float16') },
      nodes: [{ op: 'Gemm', inputs: ['x', 'w', 'b'], output: 'y', name: 'fc' }],
    });
    const x = castTo(randomTensor([4, 8], random), 'float16');
    const dense = await evaluate(model, { x });
    const { site } = await siteOf(model);
    svd.apply(model, site, { kind: 'rank', rank: 6 }, await svd.factors(model, site));
    expect(model.graph.weights.get('fc/u.weight')?.elementType).toBe('float16');
    expect(model.opset()).toBe(9);
    // Three roundings to eleven bits instead of one.
    expect(relativeDifference(await evaluate(model, { x }), dense)).toBeLessThan(5e-3);
  });
});

describe('svd.relativeError', () => {
  it('is the error of what the truncated layer computes on the unit vectors', async () => {
    const { model } = cases['MatMul, weight right'](9, 7, 5);
    const { site } = await siteOf(model);
    const dense = model.graph.weights.get('w')!.tensor();
    const factors = await svd.factors(model, site);
    for (const rank of [1, 3, 6, 7]) {
      const copy = model.clone();
      const { weights } = svd.apply(copy, site, { kind: 'rank', rank }, factors);
      const [v, u] = [weights!.v, weights!.u].map((name) => copy.graph.weights.get(name)!.tensor());
      let error = 0;
      let energy = 0;
      for (let i = 0; i < 7; i++)
        for (let o = 0; o < 9; o++) {
          let value = 0;
          for (let k = 0; k < rank; k++) value += Number(v.data[i * rank + k]) * Number(u.data[k * 9 + o]);
          error += (value - Number(dense.data[i * 9 + o])) ** 2;
          energy += Number(dense.data[i * 9 + o]) ** 2;
        }
      expect(svd.relativeError(site, factors, { kind: 'rank', rank })).toBeCloseTo(Math.sqrt(error / energy), 5);
    }
  });
});

describe('svd.masked', () => {
  it('is the mixture of the truncations', async () => {
    await fc.assert(
      fc.asyncProperty(
        arguments_,
        fc.uniqueArray(fc.integer({ min: 1, max: 13 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async ({ make: [, make], output, input, seed }, ranks, keep) => {
          const { model, x } = make(output, input, seed);
          const { site } = await siteOf(model);
          const factors = await svd.factors(model, site);
          const mixed: MixedRank[] = keep ? ['keep', ...ranks] : ranks;
          const random = Random.of(seed).split('p');
          const weights = mixed.map(() => random.uniform() + 0.1);
          const p = weights.map((weight) => weight / weights.reduce((sum, other) => sum + other, 0));

          const masked = model.clone();
          masked.graph.proto.input.push(makeValueInfo('p', 'float32', [p.length]));
          svd.masked(masked, site, factors, mixed, 'p');
          const mixture = await evaluate(masked, { x, p: float32([p.length], p) });

          let expected: Float64Array | undefined;
          for (const [a, rank] of mixed.entries()) {
            const candidate = model.clone();
            if (rank !== 'keep') svd.apply(candidate, site, { kind: 'rank', rank }, factors);
            const { data } = await evaluate(candidate, { x });
            expected ??= new Float64Array(data.length);
            for (let i = 0; i < data.length; i++) expected[i] += p[a] * Number(data[i]);
          }
          expect(relativeDifference(mixture, float64(mixture.dims, expected))).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 40 },
    );
  });
});
