import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharedPath } from '../../../test/support/sharedData';
import type { AttributeValue } from '../../onnx/attributes';
import { modelTotals } from '../../onnx/layers';
import type { Model } from '../../onnx/model';
import { readModel } from '../../onnx/read';
import { Session } from '../../runtime/session';
import { castTo, numbers } from '../../tensor/convert';
import { Random } from '../../tensor/random';
import { float32, type Tensor } from '../../tensor/tensor';
import { evaluate, layersIn, makeModel, randomTensor, relativeDifference, type NodeSpec } from '../testing/models';
import { tucker } from '../tucker/tucker';
import { foldBatchNorm, unfoldBatchNorm } from './batchNorm';

interface Kind {
  readonly node: Omit<NodeSpec, 'inputs' | 'output'>;
  readonly x: readonly number[];
  readonly weight: readonly number[];
  readonly channels: number;
}

const kind = (
  op: string,
  x: readonly number[],
  weight: readonly number[],
  channels: number,
  attributes: Record<string, AttributeValue> = {},
): Kind => ({ node: { op, name: 'layer', attributes }, x, weight, channels });

const scalars = { alpha: { float: 0.5 }, beta: { float: 3 } };
const kinds: Record<string, Kind> = {
  'Conv 3x3': kind('Conv', [2, 4, 7, 6], [6, 4, 3, 3], 6, { strides: [2, 1], pads: [1, 1, 1, 1] }),
  'Conv with groups': kind('Conv', [2, 4, 7, 6], [6, 2, 3, 3], 6, { group: 2 }),
  'Conv along one axis': kind('Conv', [2, 4, 9], [6, 4, 3], 6),
  ConvTranspose: kind('ConvTranspose', [2, 4, 5, 5], [4, 6, 2, 2], 6, { strides: [2, 2] }),
  'ConvTranspose with groups': kind('ConvTranspose', [2, 4, 5, 5], [4, 3, 2, 2], 6, { group: 2 }),
  Gemm: kind('Gemm', [5, 4], [4, 6], 6, scalars),
  'Gemm, transposed': kind('Gemm', [5, 4], [6, 4], 6, { transB: 1, ...scalars }),
};

function layerModel({ node, x, weight, channels }: Kind, bias: boolean, norm: boolean, random: Random): Model {
  const variance = float32(
    [channels],
    Array.from({ length: channels }, () => random.uniform() + 0.1),
  );
  const raw = norm ? 'raw' : 'h';
  return makeModel({
    x: ['N', ...x.slice(1)],
    weights: {
      w: randomTensor(weight, random),
      ...(bias && { b: randomTensor([channels], random) }),
      ...(norm && {
        scale: randomTensor([channels], random),
        shift: randomTensor([channels], random),
        mean: randomTensor([channels], random),
        variance,
      }),
    },
    nodes: [
      { ...node, inputs: bias ? ['x', 'w', 'b'] : ['x', 'w'], output: raw },
      ...(norm
        ? [
            {
              op: 'BatchNormalization',
              inputs: [raw, 'scale', 'shift', 'mean', 'variance'],
              output: 'h',
              attributes: { epsilon: { float: 1e-3 } },
            },
          ]
        : []),
      { op: 'Tanh', inputs: ['h'], output: 'y' },
    ],
  });
}

const operators = (model: Model): string[] => model.graph.nodes.map((node) => node.opType);
const weight = (model: Model, name: string): Tensor => model.graph.weights.get(name)!.tensor();

describe('foldBatchNorm', () => {
  for (const [name, spec] of Object.entries(kinds)) {
    it(`leaves what the model computes unchanged: ${name}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.boolean(), fc.integer(), async (bias, seed) => {
          const random = Random.of(seed);
          const model = layerModel(spec, bias, true, random);
          const x = randomTensor(spec.x, random);
          const before = await evaluate(model, { x });
          expect(foldBatchNorm(model)).toEqual(['layer']);
          expect(operators(model)).toEqual([spec.node.op, 'Tanh']);
          expect(model.graph.weights.size).toBe(2);
          expect(relativeDifference(await evaluate(model, { x }), before)).toBeLessThan(1e-5);
        }),
        { numRuns: 8 },
      );
    });
  }

  it('goes into the last of the convolutions that a layer became', async () => {
    const random = Random.of(4);
    const spec = kind('Conv', [2, 8, 7, 6], [12, 8, 3, 3], 12);
    const model = layerModel(spec, false, true, random);
    const x = randomTensor(spec.x, random);
    const [layer] = await layersIn(model);
    const { site } = tucker.site(model, layer);
    tucker.apply(model, site!, { kind: 'rank', rank: 5 }, await tucker.factors(model, site!));
    const [before, core] = [await evaluate(model, { x }), weight(model, 'layer/core.weight')];
    expect(foldBatchNorm(model)).toEqual(['layer/u']);
    expect(operators(model)).toEqual(['Conv', 'Conv', 'Conv', 'Tanh']);
    expect(weight(model, 'layer/core.weight')).toEqual(core);
    expect(relativeDifference(await evaluate(model, { x }), before)).toBeLessThan(1e-5);
  });

  it('leaves a normalisation alone when something else reads the layer, or it is being trained', () => {
    const random = Random.of(1);
    const shared = layerModel(kinds['Conv 3x3'], true, true, random);
    shared.graph.nodes[2].opType = 'Add';
    shared.graph.nodes[2].input = ['h', 'raw'];
    shared.graph.changed();
    expect(foldBatchNorm(shared)).toEqual([]);
    const trained = layerModel({ ...kinds['Conv 3x3'] }, true, true, random);
    trained.graph.nodes[1].output.push('newMean', 'newVariance');
    expect(foldBatchNorm(trained)).toEqual([]);
    expect(operators(trained)).toContain('BatchNormalization');
  });
});

describe('unfoldBatchNorm', () => {
  for (const [name, spec] of Object.entries(kinds)) {
    it(`changes nothing that is computed, and folding gives the layer back: ${name}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.boolean(), fc.integer(), async (bias, seed) => {
          const random = Random.of(seed);
          const model = layerModel(spec, bias, false, random);
          const x = randomTensor(spec.x, random);
          const [before, w] = [await evaluate(model, { x }), weight(model, 'w')];
          const beta = spec.node.op === 'Gemm' ? 3 : 1;
          const b = bias ? Array.from(numbers(weight(model, 'b')), (value) => beta * value) : Array(6).fill(0);
          const statistics = {
            mean: Array.from({ length: spec.channels }, () => random.normal()),
            variance: Array.from({ length: spec.channels }, () => random.uniform() * 4),
          };
          const [made] = unfoldBatchNorm(model, ['layer'], new Map([['layer', statistics]]));
          expect(operators(model)).toEqual([spec.node.op, 'BatchNormalization', 'Tanh']);
          expect(model.graph.nodes[0].input).toHaveLength(2);
          expect(numbers(weight(model, made.variance))[0]).toBeCloseTo(statistics.variance[0], 5);
          expect(relativeDifference(await evaluate(model, { x }), before)).toBeLessThan(2e-5);

          expect(foldBatchNorm(model)).toEqual(['layer']);
          expect(operators(model)).toEqual([spec.node.op, 'Tanh']);
          expect(relativeDifference(weight(model, 'w'), w)).toBeLessThan(1e-6);
          const back = numbers(weight(model, model.graph.nodes[0].input[2]));
          for (let c = 0; c < spec.channels; c++) expect(back[c]).toBeCloseTo(b[c], 5);
          expect(relativeDifference(await evaluate(model, { x }), before)).toBeLessThan(1e-5);
        }),
        { numRuns: 8 },
      );
    });
  }

  it('normalises to mean 0 and variance 1 when the statistics are those of the data', async () => {
    const random = Random.of(8);
    const model = layerModel(kinds.Gemm, true, false, random);
    const x = randomTensor([500, 4], random);
    const raw = model.clone();
    raw.graph.nodes[1].opType = 'Identity';
    const values = numbers(await evaluate(raw, { x }));
    const column = (c: number): number[] => Array.from({ length: 500 }, (_, row) => values[row * 6 + c]);
    const mean = (list: number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
    const statistics = {
      mean: Array.from({ length: 6 }, (_, c) => mean(column(c))),
      variance: Array.from({ length: 6 }, (_, c) => mean(column(c).map((value) => (value - mean(column(c))) ** 2))),
    };
    const [made] = unfoldBatchNorm(model, ['layer'], new Map([['layer', statistics]]));
    for (const [name, value] of [
      [made.scale, 1],
      [made.bias, 0],
    ] as const)
      model.graph.setWeight(name, float32([6], Array(6).fill(value)));
    model.graph.nodes[2].opType = 'Identity';
    const normal = numbers(await evaluate(model, { x }));
    for (let c = 0; c < 6; c++) {
      const list = Array.from({ length: 500 }, (_, row) => normal[row * 6 + c]);
      expect(Math.abs(mean(list))).toBeLessThan(1e-5);
      expect(mean(list.map((value) => value * value))).toBeCloseTo(1, 3);
    }
  });

  it('keeps half precision and refuses what it can not do', () => {
    const random = Random.of(2);
    const model = layerModel(kinds['Conv 3x3'], false, false, random);
    model.graph.setWeight('w', castTo(weight(model, 'w'), 'float16'));
    const statistics = { mean: Array(6).fill(0), variance: Array(6).fill(1) };
    const [made] = unfoldBatchNorm(model, ['layer'], new Map([['layer', statistics]]));
    expect(model.graph.weights.get(made.scale)?.elementType).toBe('float16');
    expect(() => unfoldBatchNorm(model, ['layer'], new Map())).toThrow('no output statistics of layer layer');
    const product = makeModel({
      x: ['N', 4],
      weights: { w: randomTensor([4, 6], random) },
      nodes: [{ op: 'MatMul', inputs: ['x', 'w'], output: 'y', name: 'layer' }],
    });
    expect(() => unfoldBatchNorm(product, ['layer'], new Map([['layer', statistics]]))).toThrow('BatchNormalization');
  });
});

const withNorm = sharedPath('models', 'resnet20_cifar10_bn.onnx');
const without = sharedPath('models', 'resnet20_cifar10.onnx');

describe.skipIf(!withNorm || !without)('ResNet-20', () => {
  it('folds into the network its exporter folded', async () => {
    const model = readModel(withNorm!);
    expect(foldBatchNorm(model)).toHaveLength(19);
    const expected = readModel(without!);
    const totals = modelTotals(model, await layersIn(model));
    expect(totals.params).toBe(modelTotals(expected, await layersIn(expected)).params);
    const input = randomTensor([3, 3, 32, 32], Random.of(1));
    const [a, b] = await Promise.all(
      [model, expected].map(async (network) => {
        const session = await Session.create(network);
        const { logits } = await session.run({ input });
        await session.dispose();
        return logits;
      }),
    );
    expect(relativeDifference(a, b)).toBeLessThan(1e-4);
  });
});
