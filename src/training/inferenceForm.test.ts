import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../onnx/graphBuilder';
import type { Model } from '../onnx/model';
import { Session } from '../runtime/session';
import { Random } from '../tensor/random';
import { float32, type Tensor } from '../tensor/tensor';
import { toInferenceForm } from './inferenceForm';
import { smallConvNet } from './testing/models';

const random = Random.of('inference form');
const draw = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());

function randomStatistics(model: Model, layer: string, channels: number): void {
  model.graph.setWeight(`${layer}.scale`, float32([channels], draw(channels)));
  model.graph.setWeight(`${layer}.bias`, float32([channels], draw(channels)));
  model.graph.setWeight(`${layer}.mean`, float32([channels], draw(channels)));
  const variance = draw(channels).map((value) => 0.5 + value * value);
  model.graph.setWeight(`${layer}.variance`, float32([channels], variance));
}

async function outputs(model: Model, x: Tensor): Promise<Record<string, Tensor>> {
  const session = await Session.create(model);
  try {
    return await session.run({ x });
  } finally {
    await session.dispose();
  }
}

async function expectSame(model: Model, x: Tensor): Promise<Model> {
  const rewritten = model.clone();
  toInferenceForm(rewritten);
  expect(rewritten.graph.nodes.map((node) => node.opType)).not.toContain('BatchNormalization');
  const [before, after] = [await outputs(model, x), await outputs(rewritten, x)];
  for (const [name, { data }] of Object.entries(before)) {
    for (const [i, value] of Array.from(data as Float32Array).entries()) {
      expect(Number(after[name].data[i])).toBeCloseTo(value, 4);
    }
  }
  return rewritten;
}

describe('toInferenceForm', () => {
  it('folds BatchNormalization into the convolution before it', async () => {
    const model = smallConvNet(3, 8, 6, 4);
    for (const layer of ['norm0', 'norm1']) randomStatistics(model, layer, 6);
    const rewritten = await expectSame(model, float32([2, 3, 8, 8], draw(2 * 3 * 64)));
    expect(rewritten.graph.nodes).toHaveLength(model.graph.nodes.length - 2);
  });

  it('keeps a convolution whose result is read elsewhere as well', async () => {
    const model = smallConvNet(3, 8, 6, 4);
    randomStatistics(model, 'norm0', 6);
    new GraphBuilder(model, 'test').output('conv0', 'float32', undefined);
    await expectSame(model, float32([2, 3, 8, 8], draw(2 * 3 * 64)));
  });

  it.each([
    ['rows of values', [5, 4]],
    ['sequences', [5, 4, 3]],
    ['volumes', [2, 4, 2, 3, 2]],
  ])('writes BatchNormalization of %s as a factor and a shift', async (_name, dims) => {
    const builder = new GraphBuilder();
    builder.input('x', 'float32', dims);
    const names = ['scale', 'bias', 'mean', 'variance'].map((name) => `norm.${name}`);
    for (const name of names) builder.constant(float32([4]), name);
    randomStatistics(builder.model, 'norm', 4);
    const normalized = builder.op('BatchNormalization', ['x', ...names]);
    const kept = builder.op('Dropout', [normalized]);
    builder.output('y', 'float32', dims, kept);
    const size = dims.reduce((a, b) => a * b, 1);
    const rewritten = await expectSame(builder.model, float32(dims, draw(size)));
    expect(rewritten.graph.nodes.map((node) => node.opType)).not.toContain('Dropout');
  });
});
