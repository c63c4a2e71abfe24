import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../onnx/attributes';
import { makeValueInfo } from '../../onnx/graph';
import { layersOf, type Layer } from '../../onnx/layers';
import type { Model } from '../../onnx/model';
import { castTo } from '../../tensor/convert';
import { Random } from '../../tensor/random';
import { float32, float64, type Tensor } from '../../tensor/tensor';
import type { Site } from '../shared/site';
import type { MixedRank } from '../shared/method';
import { evaluate, layersIn, makeModel, randomTensor, relativeDifference } from '../testing/models';
import { tucker } from './tucker';

const convolutions = fc.record({
  output: fc.integer({ min: 5, max: 12 }),
  input: fc.integer({ min: 5, max: 12 }),
  window: fc.constantFrom([3, 3], [1, 3], [3, 2], [5, 5], [3], [2, 3, 2]),
  stride: fc.integer({ min: 1, max: 2 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  padding: fc.constantFrom('none', 'uneven', 'SAME_UPPER', 'SAME_LOWER', 'VALID'),
  bias: fc.boolean(),
  seed: fc.integer(),
});
type Convolution = typeof convolutions extends fc.Arbitrary<infer T> ? T : never;

function convolution({ output, input, window, stride, dilation, padding, bias, seed }: Convolution): {
  model: Model;
  x: Tensor;
} {
  const random = Random.of(seed);
  const attributes: Record<string, AttributeValue> = { strides: window.map(() => stride) };
  // The runtime accepts automatic padding with a dilation of one only.
  if (padding === 'none' || padding === 'uneven') attributes.dilations = window.map(() => dilation);
  else attributes.auto_pad = padding;
  if (padding === 'uneven') attributes.pads = [...window.map((_, i) => i), ...window.map(() => 1)];
  const dims = [1, input, ...window.map((_, i) => 11 + i)];
  const model = makeModel({
    x: dims,
    weights: {
      w: randomTensor([output, input, ...window], random),
      ...(bias && { b: randomTensor([output], random) }),
    },
    nodes: [
      { op: 'Conv', inputs: bias ? ['x', 'w', 'b'] : ['x', 'w'], output: 'h', attributes, name: 'conv' },
      { op: 'Relu', inputs: ['h'], output: 'y' },
    ],
  });
  return { model, x: randomTensor(dims, random) };
}

async function siteOf(model: Model): Promise<{ site: Site; layer: Layer }> {
  const [layer] = await layersIn(model);
  const status = tucker.site(model, layer);
  return { layer, site: status.site ?? { layer, method: 'tucker', fullRank: 0, breakEvenRank: 0 } };
}

describe('tucker.apply', () => {
  it('computes what the layer computed at full rank, for all strides, dilations, paddings and shapes', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async (spec) => {
        const { model, x } = convolution(spec);
        const { site } = await siteOf(model);
        const dense = await evaluate(model, { x });
        const factors = await tucker.factors(model, site);
        const applied = tucker.apply(model, site, { kind: 'rank', rank: site.fullRank }, factors);
        expect(model.graph.nodes.map((node) => node.name).slice(0, 3)).toEqual(['conv/v', 'conv/core', 'conv/u']);
        expect(applied.weights).toEqual({ v: 'conv/v.weight', core: 'conv/core.weight', u: 'conv/u.weight' });
        expect(model.graph.weights.has('w')).toBe(false);
        expect(relativeDifference(await evaluate(model, { x }), dense)).toBeLessThan(1e-5);
      }),
      { numRuns: 60 },
    );
  });

  it('computes what the dense layer with the rebuilt kernel computes at any rank', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, fc.integer({ min: 1, max: 12 }), async (spec, rank) => {
        const { model, x } = convolution(spec);
        const { site } = await siteOf(model);
        const factors = await tucker.fit(model, site, rank);
        const dense = model.clone();
        dense.graph.setWeight('w', castTo(rebuild(factors.u, factors.core!, factors.v), 'float32'));
        tucker.apply(model, site, { kind: 'rank', rank }, factors);
        expect(relativeDifference(await evaluate(model, { x }), await evaluate(dense, { x }))).toBeLessThan(1e-5);
      }),
      { numRuns: 30 },
    );
  });

  it('costs what its formula says: the MACs counted on the new graph', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, fc.integer({ min: 1, max: 14 }), async (spec, rank) => {
        const { model } = convolution(spec);
        const { site, layer } = await siteOf(model);
        const choice = { kind: 'rank', rank } as const;
        expect(tucker.cost(site, { kind: 'keep' })).toEqual({
          macs: layer.macs,
          params: layer.params,
          bytes: layer.bytes,
        });
        const factors = await tucker.factors(model, site);
        const cost = tucker.cost(site, choice);
        tucker.apply(model, site, choice, factors);
        const parts = await layersIn(model);
        const sum = (of: (layer: Layer) => number): number => parts.reduce((total, part) => total + of(part), 0);
        expect(parts).toHaveLength(3);
        expect(cost).toEqual({
          macs: sum((part) => part.macs),
          params: sum((part) => part.params),
          bytes: sum((part) => part.bytes),
        });
      }),
      { numRuns: 40 },
    );
  });

  it('keeps element type, bias, metadata, opset and the names at the border', async () => {
    for (const type of ['float16', 'bfloat16', 'float64'] as const) {
      const random = Random.of(type);
      const model = makeModel({
        x: ['N', 8, 9, 9],
        type,
        opset: 11,
        weights: {
          w: castTo(randomTensor([6, 8, 3, 3], random), type),
          b: castTo(randomTensor([6], random), type),
        },
        nodes: [{ op: 'Conv', inputs: ['x', 'w', 'b'], output: 'y', name: 'block.0/conv' }],
      });
      model.graph.nodes[0].docString = 'from the exporter';
      const shapes = new Map([
        ['x', { type, dims: ['N', 8, 9, 9] }],
        ['y', { type, dims: ['N', 6, 7, 7] }],
      ]);
      const [layer] = layersOf(model, shapes);
      const { site } = tucker.site(model, layer);
      const applied = tucker.apply(model, site!, { kind: 'rank', rank: 4 }, await tucker.factors(model, site!));
      for (const name of Object.values(applied.weights!)) {
        expect(model.graph.weights.get(name as string)?.elementType).toBe(type);
      }
      expect(model.opset()).toBe(11);
      expect(model.graph.nodes.map((node) => node.docString)).toEqual(Array(3).fill('from the exporter'));
      expect(model.graph.nodes[2].input[2]).toBe('b');
      expect(model.graph.nodes[2].output).toEqual(['y']);
      expect(model.graph.outputs.map((output) => output.name)).toEqual(['y']);
    }
  });

  it('leaves a layer that is kept alone, and refuses factors of another layer', async () => {
    const { model } = convolution({
      output: 8,
      input: 6,
      window: [3, 3],
      stride: 1,
      dilation: 1,
      padding: 'none',
      bias: true,
      seed: 1,
    });
    const { site } = await siteOf(model);
    const factors = await tucker.factors(model, site);
    expect(tucker.apply(model, site, { kind: 'keep' }, factors)).toEqual({ layer: 'conv', choice: { kind: 'keep' } });
    expect(model.graph.nodes).toHaveLength(2);
    const other = { ...factors, v: float64([7, 6]) };
    expect(() => tucker.apply(model, site, { kind: 'rank', rank: 2 }, other)).toThrow('do not fit layer conv');
  });
});

describe('tucker.site', () => {
  // docs/haloc.md, Cost: break-even ranks of square layers, and the cost at half the rank.
  it.each([
    [16, 32, 14],
    [32, 16, 28],
    [64, 8, 57],
    [128, 8, 114],
    [256, 4, 229],
  ])('breaks even where the published formula does: %i channels at %i', async (channels, size, rank) => {
    const model = makeModel({
      x: ['N', channels, size, size],
      weights: { w: float32([channels, channels, 3, 3]) },
      nodes: [{ op: 'Conv', inputs: ['x', 'w'], output: 'y', attributes: { pads: [1, 1, 1, 1] } }],
    });
    const { site } = await siteOf(model);
    expect(site.breakEvenRank).toBe(rank);
    expect(site.fullRank).toBe(channels);
    const half = tucker.cost(site, { kind: 'rank', rank: channels / 2 });
    expect(half.macs / site.layer.macs).toBeCloseTo(0.36, 2);
  });
});

describe('tucker.relativeError', () => {
  it('is the error of the kernel that apply puts into the model', async () => {
    const { model } = convolution({
      output: 12,
      input: 7,
      window: [3, 3],
      stride: 1,
      dilation: 1,
      padding: 'none',
      bias: false,
      seed: 9,
    });
    const { site } = await siteOf(model);
    const dense = model.graph.weights.get('w')!.tensor();
    const complete = await tucker.factors(model, site);
    expect(tucker.relativeError(site, complete, { kind: 'keep' })).toBe(0);
    for (const rank of [1, 3, 7, 10, 12]) {
      const fitted = await tucker.fit(model, site, rank);
      for (const factors of [complete, fitted]) {
        const copy = model.clone();
        const { weights } = tucker.apply(copy, site, { kind: 'rank', rank }, factors);
        const read = (name: string): Tensor => copy.graph.weights.get(name)!.tensor();
        const [u, core, vt] = [read(weights!.u), read(weights!.core!), read(weights!.v)];
        const kernel = rebuild(u, core, transposed(vt));
        const difference = norm(kernel.data.map((value, i) => value - Number(dense.data[i]))) / norm(dense.data);
        expect(tucker.relativeError(site, factors, { kind: 'rank', rank })).toBeCloseTo(difference, 5);
      }
    }
  });
});

describe('tucker.masked', () => {
  it('is the mixture of the truncations: one convolution for all of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        convolutions,
        fc.uniqueArray(fc.integer({ min: 1, max: 13 }), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        fc.integer(),
        async (spec, ranks, keep, seed) => {
          const { model, x } = convolution(spec);
          const { site } = await siteOf(model);
          const factors = await tucker.factors(model, site);
          const mixed: MixedRank[] = keep ? [...ranks, 'keep'] : ranks;
          const random = Random.of(seed);
          const weights = mixed.map(() => random.uniform() + 0.1);
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          const p = weights.map((weight) => weight / total);

          const masked = model.clone();
          masked.graph.proto.input.push(makeValueInfo('p', 'float32', [p.length]));
          const layer = tucker.masked(masked, site, factors, mixed, 'p');
          const mixture = await evaluate(preActivation(masked), { x, p: float32([p.length], p) });

          // Σ_a p_a conv(x; W^a), every candidate on its own.
          let expected: Float64Array | undefined;
          for (const [a, rank] of mixed.entries()) {
            const candidate = model.clone();
            if (rank !== 'keep') tucker.apply(candidate, site, { kind: 'rank', rank }, factors);
            const { data } = await evaluate(preActivation(candidate), { x });
            expected ??= new Float64Array(data.length);
            for (let i = 0; i < data.length; i++) expected[i] += p[a] * Number(data[i]);
          }
          expect(relativeDifference(mixture, float64(mixture.dims, expected))).toBeLessThan(1e-5);

          // The weights read back are factors: applying them at the largest rank is the mixture that surely picks it.
          const read = (name: string): Tensor => masked.graph.weights.get(name)!.tensor();
          const back = { u: read(layer.weights.u), core: read(layer.weights.core!), v: read(layer.weights.v) };
          const rank = Math.max(...ranks);
          const [one, again] = [model.clone(), model.clone()];
          tucker.apply(one, site, { kind: 'rank', rank }, back);
          tucker.apply(again, site, { kind: 'rank', rank }, factors);
          expect(relativeDifference(await evaluate(one, { x }), await evaluate(again, { x }))).toBeLessThan(1e-5);
        },
      ),
      { numRuns: 25 },
    );
  });
});

/** The model with the layer's own output in place of what follows it. */
function preActivation(model: Model): Model {
  const copy = model.clone();
  const relu = copy.graph.nodes.find((node) => node.opType === 'Relu')!;
  relu.opType = 'Identity';
  return copy;
}

/** W[o, i, ...k] = Σ u[o, x] core[x, y, ...k] v[i, y]. */
function rebuild(u: Tensor, core: Tensor, v: Tensor): Tensor<Float64Array> {
  const [ro, ri, ...window] = core.dims;
  const places = window.reduce((product, size) => product * size, 1);
  const [output, input] = [u.dims[0], v.dims[0]];
  const result = float64([output, input, ...window]);
  for (let o = 0; o < output; o++)
    for (let i = 0; i < input; i++)
      for (let x = 0; x < ro; x++)
        for (let y = 0; y < ri; y++)
          for (let k = 0; k < places; k++)
            result.data[(o * input + i) * places + k] +=
              Number(u.data[o * ro + x]) * Number(core.data[(x * ri + y) * places + k]) * Number(v.data[i * ri + y]);
  return result;
}

function transposed({ dims: [rows, columns], data }: Tensor): Tensor<Float64Array> {
  const result = float64([columns, rows]);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) result.data[j * rows + i] = Number(data[i * columns + j]);
  return result;
}

function norm(values: ArrayLike<number | bigint>): number {
  return Math.sqrt(Array.from(values, Number).reduce((sum, value) => sum + value * value, 0));
}
