import { describe, expect, it } from 'vitest';
import { float } from '../onnx/attributes';
import { GraphBuilder } from '../onnx/graphBuilder';
import { layersOf } from '../onnx/layers';
import type { Model } from '../onnx/model';
import { Session } from '../runtime/session';
import { inferShapes } from '../runtime/shapes';
import { Random } from '../tensor/random';
import { float32, sizeOf, type Tensor } from '../tensor/tensor';
import { blockModel } from './block';
import { blockKey, choiceKey } from './blockKey';
import { HardwareError } from './errors';

function random(seed: string, dims: readonly number[]): Tensor<Float32Array> {
  const generator = Random.of(seed);
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => 0.5 + 0.1 * generator.normal()),
  );
}

interface Shape {
  readonly stride?: number;
  readonly width?: number;
  readonly activation?: string;
  readonly size?: number;
  readonly seed?: string;
}

/** Conv, BatchNormalization, activation; then a second Conv without either, whose result is added to the first's. */
function network({ stride = 1, width = 4, activation = 'Relu', size = 6, seed = 'w' }: Shape = {}): Model {
  const builder = new GraphBuilder();
  const weight = (name: string, dims: readonly number[]): string =>
    builder.constant(random(`${seed}${name}`, dims), `${seed}.${name}`);
  const x = builder.input(`${seed}.x`, 'float32', ['N', 3, size, size]);
  const attributes = { pads: [1, 1, 1, 1], strides: [stride, stride] };
  const conv = builder.op('Conv', [x, weight('w1', [width, 3, 3, 3])], attributes, { name: 'first' });
  const statistics = ['scale', 'bias', 'mean', 'variance'].map((name) => weight(name, [width]));
  const norm = builder.op('BatchNormalization', [conv, ...statistics], { epsilon: float(1e-3) });
  const active = builder.op(activation, [norm], {}, { outputs: ['active'] });
  const second = builder.op(
    'Conv',
    [active, weight('w2', [width, width, 1, 1]), weight('b2', [width])],
    {},
    { name: 'second', outputs: ['linear'] },
  );
  builder.output('y', 'float32', undefined, builder.op('Add', [second, active]));
  return builder.model;
}

async function blocks(model: Model, inputDims = {}): Promise<Model[]> {
  const shapes = await inferShapes(model, inputDims);
  return layersOf(model, shapes).map((layer) => blockModel(model, layer, shapes));
}

async function run(model: Model, feeds: Record<string, Tensor>, outputs?: Record<string, null>): Promise<Tensor[]> {
  const session = await Session.create(model, { optimization: 'disabled' });
  try {
    return Object.values(await session.run(feeds, outputs));
  } finally {
    await session.dispose();
  }
}

describe('blockModel', () => {
  it('holds the layer with what is fused into it and computes what the model computes there', async () => {
    const model = network();
    const [first, second] = await blocks(model);
    expect(first.graph.nodes.map((node) => node.opType)).toEqual(['Conv', 'BatchNormalization', 'Relu']);
    expect(second.graph.nodes.map((node) => node.opType)).toEqual(['Conv']);

    const x = random('x', [1, 3, 6, 6]);
    const whole = model.clone();
    whole.graph.proto.output.push(...first.graph.outputs, ...second.graph.outputs);
    const [active, linear] = await run(whole, { 'w.x': x }, { active: null, linear: null });
    expect(await run(first, { 'w.x': x })).toEqual([active]);
    expect(await run(second, { active })).toEqual([linear]);
  });

  it('keeps the names of nodes and weights, so that a method can act on it, and leaves the model alone', async () => {
    const model = network();
    const [first] = await blocks(model);
    expect(first.graph.nodes[0].name).toBe('first');
    expect([...first.graph.weights.keys()]).toContain('w.w1');
    first.graph.nodes[0].name = 'changed';
    first.graph.removeWeight('w.w1');
    expect(model.graph.nodes[0].name).toBe('first');
    expect(model.graph.weights.has('w.w1')).toBe(true);
  });

  it('does not take in what others read as well', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [1, 4]);
    const product = builder.op('MatMul', [x, builder.constant(random('w', [4, 4]))], {}, { name: 'product' });
    const biased = builder.op('Add', [product, builder.constant(random('b', [4]))]);
    builder.output('y', 'float32', undefined, builder.op('Mul', [builder.op('Relu', [biased]), biased]));
    const [block] = await blocks(builder.model);
    expect(block.graph.nodes.map((node) => node.opType)).toEqual(['MatMul', 'Add']);
  });

  it('asks for sizes that are open', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['N', 3, 'H', 'W']);
    builder.output('y', 'float32', undefined, builder.op('Conv', [x, builder.constant(random('w', [4, 3, 3, 3]))]));
    await expect(blocks(builder.model)).rejects.toThrow(HardwareError);
    const [block] = await blocks(builder.model, { x: [1, 3, 9, 9] });
    expect(await run(block, { x: random('x', [1, 3, 9, 9]) })).toMatchObject([{ dims: [1, 4, 7, 7] }]);
  });
});

describe('blockKey', () => {
  const keyOf = async (shape: Shape): Promise<string> => blockKey((await blocks(network(shape)))[0]);

  it('is the same for layers that differ in names and values only', async () => {
    expect(await keyOf({ seed: 'other' })).toBe(await keyOf({}));
  });

  it('differs where time may differ', async () => {
    const keys = await Promise.all(
      [{}, { stride: 2 }, { width: 8 }, { activation: 'Tanh' }, { size: 7 }].map((shape) => keyOf(shape)),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(choiceKey(keys[0], 'rank 8')).not.toBe(choiceKey(keys[0], 'rank 16'));
  });
});
