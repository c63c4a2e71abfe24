import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../onnx/graphBuilder';
import { Model } from '../onnx/model';
import { Session } from '../runtime/session';
import { float32 } from '../tensor/tensor';
import { emptyModel, withSmallOutputs } from './callOverhead';

async function run(model: Model, x: Float32Array, dims: readonly number[]): Promise<readonly number[][]> {
  const session = await Session.create(model);
  try {
    return Object.values(await session.run({ x: float32(dims, x) })).map(({ data }) => Array.from(data, Number));
  } finally {
    await session.dispose();
  }
}

describe('withSmallOutputs', () => {
  it.each([18, 13, 9])('gives the first element of every result (operator set %i)', async (opset) => {
    const builder = new GraphBuilder(Model.empty('block', { '': opset }));
    const x = builder.input('x', 'float32', [2, 3]);
    builder.output('a', 'float32', [2, 3], builder.op('Relu', [x]));
    builder.output('b', 'float32', undefined, builder.op('Neg', [x]));
    const values = Float32Array.of(5, 1, 2, 3, 4, 6);
    expect(await run(withSmallOutputs(builder.model), values, [2, 3])).toEqual([[5], [-5]]);
    // The block itself is as it was.
    expect(await run(builder.model, values, [2, 3])).toMatchObject([{ length: 6 }, { length: 6 }]);
  });
});

describe('emptyModel', () => {
  it('runs', async () => {
    expect(await run(emptyModel(), Float32Array.of(-1), [1])).toEqual([[0]]);
  });
});
