import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../onnx/graphBuilder';
import { Model } from '../onnx/model';
import type { Dim } from '../onnx/graph';
import { float32, int64, type ElementType } from '../tensor/tensor';
import { RuntimeError, translateRuntimeError } from './errors';
import { Session } from './session';

type Input = readonly [name: string, type: ElementType, dims: readonly Dim[]];

function graph(inputs: readonly Input[], opType: string, domain = '', model?: Model): Model {
  const builder = new GraphBuilder(model);
  for (const input of inputs) builder.input(...input);
  const names = inputs.map(([name]) => name);
  builder.output('y', inputs[0][1], undefined, builder.op(opType, names, {}, { name: 'node', domain }));
  return builder.model;
}

async function errorOf(work: () => Promise<unknown>): Promise<RuntimeError> {
  const error: unknown = await work().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!RuntimeError.is(error)) throw new Error(`Not a RuntimeError: ${String(error)}`);
  return error;
}

const relu = (): Model => graph([['x', 'float32', ['N', 3]]], 'Relu');

describe('what the runtime refuses', () => {
  it.each([
    ['an operator of no set', () => graph([['x', 'float32', [1]]], 'Foo'), /node.*Foo/],
    ['an operator of an unknown domain', () => graph([['x', 'float32', [1]]], 'Foo', 'my.domain'), /my\.domain:Foo/],
    [
      'an operator without a kernel for the type',
      () =>
        graph(
          [
            ['x', 'float64', [1, 1, 4, 4]],
            ['w', 'float64', [1, 1, 3, 3]],
          ],
          'ConvTranspose',
        ),
      /node.*ConvTranspose/,
    ],
    [
      'an operator set of the future',
      () => graph([['x', 'float32', [1]]], 'Relu', '', Model.empty('m', { '': 99 })),
      /99/,
    ],
  ])('names %s', async (_what, model, pattern) => {
    const error = await errorOf(() => Session.create(model()));
    expect(error.code).toBe('unsupportedOperator');
    expect(error.message).toMatch(pattern);
    expect(error.hint).not.toBe('');
  });

  it.each([
    ['the rank', { x: float32([3]) }, /x has 1 dimensions where the model wants 2/],
    ['a size', { x: float32([2, 4]) }, /x has the wrong shape: dimension 1 is 4 and should be 3/],
    ['the type', { x: int64([1, 3], [1, 2, 3]) }, /int64.*float/],
    ['a missing input', {}, /x was not given/],
  ])('says what is wrong with an input: %s', async (_what, feeds, pattern) => {
    const session = await Session.create(relu());
    const error = await errorOf(() => session.run(feeds as never));
    expect(error.code).toBe('badInput');
    expect(error.message).toMatch(pattern);
    await session.dispose();
  });

  it('does not let an unknown output pass', async () => {
    const session = await Session.create(relu());
    const error = await errorOf(() => session.run({ x: float32([1, 3]) }, { nothing: null }));
    expect(error.code).toBe('badInput');
    expect(error.hint).toContain('y');
    await session.dispose();
  });

  it('says that a file is missing, that bytes are no model, that sizes do not fit', async () => {
    expect((await errorOf(() => Session.create('/nowhere/model.onnx'))).code).toBe('missingFile');
    expect((await errorOf(() => Session.create(Uint8Array.of(1, 2, 3)))).code).toBe('badModel');
    const product = graph(
      [
        ['a', 'float32', [2, 3]],
        ['b', 'float32', [4, 3]],
      ],
      'MatMul',
    );
    expect((await errorOf(() => Session.create(product))).code).toBe('badModel');
  });

  it('names the node that fails in a run', async () => {
    const product = graph(
      [
        ['a', 'float32', ['p', 'q']],
        ['b', 'float32', ['r', 's']],
      ],
      'MatMul',
    );
    const session = await Session.create(product);
    const error = await errorOf(() => session.run({ a: float32([2, 3]), b: float32([4, 3]) }));
    expect(error.message).toMatch(/node.*MatMul.*dimension mismatch/);
    await session.dispose();
  });

  it('says that there is no such device', async () => {
    expect(
      (await errorOf(() => Session.create(relu(), { provider: process.platform === 'darwin' ? 'dml' : 'coreml' })))
        .code,
    ).toBe('noProvider');
  });

  it('keeps typed errors and the cause of others', () => {
    const typed = new RangeError('typed');
    expect(translateRuntimeError(typed)).toBe(typed);
    const plain = new Error('something new');
    expect(translateRuntimeError(plain)).toMatchObject({ code: 'failed', cause: plain });
  });
});
