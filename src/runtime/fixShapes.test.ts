import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../onnx/graphBuilder';
import type { Model } from '../onnx/model';
import { readModel } from '../onnx/read';
import { sharedPath } from '../../test/support/sharedData';
import { Random } from '../tensor/random';
import { float32, sizeOf, type Tensor } from '../tensor/tensor';
import { RuntimeError } from './errors';
import { fixShapes, settledShapes } from './fixShapes';
import { Session } from './session';
import { inferShapes } from './shapes';

async function outputs(model: Model, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
  const session = await Session.create(model, { optimization: 'disabled' });
  try {
    return await session.run(feeds);
  } finally {
    await session.dispose();
  }
}

function random(dims: readonly number[]): Tensor {
  const generator = Random.of(1);
  return float32(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => generator.normal()),
  );
}

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** x: [N, C, H, W] -> reshaped to [N, -1] by arithmetic on its own shape, as exporters write `flatten`. */
function flattening(): GraphBuilder {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', ['N', 'C', 'H', 'W']);
  const shape = builder.op('Shape', [x], {}, { outputs: ['shape'] });
  const batch = builder.op('Gather', [shape, builder.int(0)]);
  const kept = builder.op('Unsqueeze', [batch, builder.ints([0])]);
  const target = builder.op('Concat', [kept, builder.ints([-1])], { axis: 0 });
  builder.output('y', 'float32', undefined, builder.op('Reshape', [x, target], {}, { outputs: ['flat'] }));
  return builder;
}

describe('fixShapes', () => {
  it('leaves no arithmetic on shapes and computes the same', async () => {
    const { model } = flattening();
    const fixed = await fixShapes(model, { x: [2, 3, 4, 5] });
    expect(fixed.model.graph.nodes.map((node) => node.opType)).toEqual(['Reshape', 'Identity']);
    expect(fixed.shapes.get('flat')).toEqual({ type: 'float32', dims: [2, 60] });
    const x = random([2, 3, 4, 5]);
    expect(await outputs(fixed.model, { x })).toEqual(await outputs(model, { x }));
  });

  it('follows sizes that are calculated from sizes that are calculated, part by part', async () => {
    const builder = new GraphBuilder();
    let x = builder.input('x', 'float32', ['N', 12]);
    for (let i = 0; i < 12; i++) {
      const shape = builder.op('Shape', [x]);
      const swapped = builder.op('Gather', [shape, builder.ints([1, 0])]);
      x = builder.op('Relu', [builder.op('Reshape', [x, swapped])], {}, { outputs: [`step${i}`] });
    }
    builder.output('y', 'float32', undefined, x);
    const fixed = await fixShapes(builder.model, { x: [5, 12] });
    expect(fixed.shapes.get('step0')?.dims).toEqual([12, 5]);
    expect(fixed.shapes.get('step11')?.dims).toEqual([5, 12]);
    expect(fixed.model.graph.nodes.map((node) => node.opType)).not.toContain('Shape');
    const feeds = { x: random([5, 12]) };
    expect(await outputs(fixed.model, feeds)).toEqual(await outputs(builder.model, feeds));
  });

  it('leaves sequences alone, which can be no constants', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['N', 4]);
    const sizes = builder.op('SequenceConstruct', [builder.op('Shape', [x])]);
    builder.output('n', 'int64', [2], builder.op('SequenceAt', [sizes, builder.int(0)]));
    const shapes = await settledShapes(builder.model, { x: [7, 4] });
    expect(shapes.get('x')?.dims).toEqual([7, 4]);
  });

  it('does not change its source', async () => {
    const { model } = flattening();
    const before = model.graph.nodes.length;
    await fixShapes(model, { x: [1, 2, 3, 4] });
    expect(model.graph.nodes.length).toBe(before);
    expect((await inferShapes(model)).get('x')?.dims).toEqual(['N', 'C', 'H', 'W']);
  });

  it('folds what follows from sizes through floats, tables and ranges', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['N', 'K']);
    const size = builder.op('Size', [x]);
    const root = builder.op('Sqrt', [builder.op('Cast', [size], { to: 1 })]);
    const count = builder.op('Cast', [root], { to: 7 });
    const range = builder.op('Range', [builder.int(0), count, builder.int(1)], {}, { outputs: ['range'] });
    const filled = builder.op('ConstantOfShape', [builder.op('Shape', [range])], {}, { outputs: ['filled'] });
    const square = builder.op('Reshape', [
      x,
      builder.op('Concat', [builder.op('Shape', [filled]), builder.op('Shape', [filled])], { axis: 0 }),
    ]);
    builder.output('y', 'float32', undefined, square);
    const fixed = await fixShapes(builder.model, { x: [2, 8] });
    expect(fixed.shapes.get('y')?.dims).toEqual([4, 4]);
    expect(fixed.model.graph.nodes.map((node) => node.opType)).toEqual(['Reshape', 'Identity']);
  });

  it('keeps what is computed from parameters, so that they can be trained', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['N', 4]);
    const w = builder.constant(random([3, 4]), 'w');
    builder.output(
      'y',
      'float32',
      undefined,
      builder.op('MatMul', [x, builder.op('Transpose', [w], { perm: [1, 0] })]),
    );
    const fixed = await fixShapes(builder.model, { x: [5, 4] });
    expect(fixed.model.graph.nodes.map((node) => node.opType)).toEqual(['Transpose', 'MatMul', 'Identity']);
    expect(fixed.model.graph.weights.has('w')).toBe(true);
  });

  it('gives an output that became constant a node of its own', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['N', 4]);
    builder.output('n', 'int64', [2], builder.op('Shape', [x]));
    builder.output('y', 'float32', undefined, builder.op('Relu', [x]));
    const fixed = await fixShapes(builder.model, { x: [7, 4] });
    const { n } = await outputs(fixed.model, { x: random([7, 4]) });
    expect(Array.from(n.data, Number)).toEqual([7, 4]);
  });

  it('tells a scalar from a value of unknown rank', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', [2, 3]);
    const s = builder.input('s', 'int64', ['k']);
    builder.output('r', 'float32', undefined, builder.op('Reshape', [x, s]));
    builder.output('m', 'float32', undefined, builder.op('ReduceSum', [x], { keepdims: 0 }));
    const shapes = await inferShapes(builder.model);
    expect(shapes.get('m')).toEqual({ type: 'float32', dims: [] });
    expect(shapes.has('r')).toBe(false);
  });

  it('names the value whose shape depends on the data', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', 'float32', ['N']);
    const found = builder.op('NonZero', [x], {}, { outputs: ['found'], name: 'search' });
    builder.output('y', 'int64', undefined, found);
    const error = await errorOf(fixShapes(builder.model, { x: [4] }));
    expect(RuntimeError.is(error, 'unknownShape')).toBe(true);
    expect((error as Error).message).toMatch(/found.*search.*NonZero/);
  });

  it.each([
    [{}, /x has sizes that are known only at run time.*N, C, H, W/],
    [{ x: [1, 2, 3] }, /x has 4 dimensions .* was given 3/],
    [{ z: [1] }, /no input named z/],
  ])('refuses sizes that do not fit: %o', async (inputDims, pattern) => {
    const error = await errorOf(fixShapes(flattening().model, inputDims as Record<string, number[]>));
    expect(RuntimeError.is(error, 'badInput')).toBe(true);
    expect((error as Error).message).toMatch(pattern);
  });
});

describe.skipIf(!sharedPath('models'))('fixShapes on real networks', () => {
  const folder = sharedPath('models') ?? '';
  const files = folder ? readdirSync(folder).filter((file) => file.endsWith('.onnx')) : [];

  it.each(files)('%s: every size is known and the results are the same', async (file) => {
    const model = readModel(join(folder, file));
    const [input] = model.graph.inputs;
    const dims = file.startsWith('rdn') ? [2, 12, 16, 3] : [8, 3, 32, 32];
    const fixed = await fixShapes(model, { [input.name]: dims });
    const operators = new Set(fixed.model.graph.nodes.map((node) => node.opType));
    for (const opType of ['Shape', 'Gather', 'Unsqueeze', 'ConstantOfShape']) expect(operators).not.toContain(opType);
    for (const node of fixed.model.graph.nodes) {
      for (const value of node.output) expect(fixed.shapes.get(value)?.dims.every((dim) => dim > 0)).toBe(true);
    }
    const feeds = { [input.name]: random(dims) };
    expect(await outputs(fixed.model, feeds)).toEqual(await outputs(model, feeds));
  });
});
