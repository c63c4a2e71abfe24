import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../onnx/graphBuilder';
import { float32, sizeOf } from '../tensor/tensor';
import { profileModel } from './profiling';

const ones = (dims: readonly number[]): Float32Array => new Float32Array(sizeOf(dims)).fill(0.5);

/** Conv, BatchNormalization, Relu (one kernel after fusion), then a Softmax; names as exporters give them. */
function network(names: boolean): GraphBuilder {
  const builder = new GraphBuilder();
  const named = (name: string): { name?: string } => ({ name: names ? name : '' });
  const x = builder.input('x', 'float32', [1, 16, 8, 8]);
  const w = builder.constant(float32([16, 16, 3, 3], ones([16, 16, 3, 3])));
  const statistics = [1, 2, 3, 4].map(() => builder.constant(float32([16], ones([16]))));
  const conv = builder.op('Conv', [x, w], { pads: [1, 1, 1, 1] }, { ...named('conv'), outputs: ['convolved'] });
  const norm = builder.op('BatchNormalization', [conv, ...statistics], {}, named('norm'));
  const relu = builder.op('Relu', [norm], {}, named('relu'));
  builder.output('y', 'float32', undefined, builder.op('Softmax', [relu], {}, named('softmax')));
  return builder;
}

describe('profileModel', () => {
  it.each([
    [true, 'conv'],
    [false, 'convolved'],
  ])('gives the time of a fused kernel to the layer in it (nodes named: %s)', async (names, expected) => {
    const { model } = network(names);
    const profile = await profileModel(model, { x: float32([1, 16, 8, 8]) }, { runs: 5 });
    const convolutions = profile.nodes.filter((node) => node.op === 'Conv');
    expect(convolutions).toMatchObject([{ name: expected, inModel: true, provider: 'CPUExecutionProvider' }]);
    expect(profile.nodes.some((node) => node.op === 'BatchNormalization')).toBe(false);
    expect(profile.nodes.every((node) => node.medianMs >= 0)).toBe(true);
    expect(profile.runMs).toBeGreaterThan(0);
  });
});
