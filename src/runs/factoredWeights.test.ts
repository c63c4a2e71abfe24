import { describe, expect, it } from 'vitest';
import { randomTensor } from '../methods/testing/models';
import type { Checkpoint, CheckpointFormat } from '../source/checkpoints/checkpoint';
import { CheckpointFileError } from '../source/checkpoints/errors';
import type { TensorToWrite } from '../source/checkpoints/writeSafetensors';
import { castTo, numbers, toFloat64 } from '../tensor/convert';
import { loopProducts } from '../tensor/products';
import { Random } from '../tensor/random';
import { sizeOf, type Tensor } from '../tensor/tensor';
import { factoredWeights, type FactoredLayer } from './factoredWeights';

const random = Random.of(5);

function checkpointOf(tensors: Readonly<Record<string, Tensor>>, format: CheckpointFormat = 'torch'): Checkpoint {
  const entries = Object.entries(tensors).map(([name, tensor]) => {
    const { dims, type } = tensor;
    return [name, { name, dims, type, storedAs: type, read: () => tensor }] as const;
  });
  return { format, within: '', tensors: new Map(entries), close: () => undefined };
}

async function factored(
  tensors: Readonly<Record<string, Tensor>>,
  layers: readonly FactoredLayer[],
  format?: CheckpointFormat,
): Promise<Map<string, TensorToWrite>> {
  const result = await factoredWeights(checkpointOf(tensors, format), layers, loopProducts);
  return new Map(result.map((tensor) => [tensor.name, tensor]));
}

const shapes = (tensors: ReadonlyMap<string, TensorToWrite>): Record<string, readonly number[]> =>
  Object.fromEntries([...tensors].map(([name, { dims }]) => [name, dims]));

/** Σ u[o, x] core[x, y, k] v[y, i]: a kernel from its parts, by definition. */
function composed([v, core, u]: readonly Tensor[], keras = false): number[] {
  const [a, g, b] = [v, core, u].map((tensor) => numbers(toFloat64(tensor)));
  const side = (dims: readonly number[], axis: 0 | 1): number => (keras ? dims.at(-1 - axis)! : dims[axis]);
  const [ri, input] = [side(v.dims, 0), side(v.dims, 1)];
  const [output, ro] = [side(u.dims, 0), side(u.dims, 1)];
  const places = sizeOf(core.dims) / (ro * ri);
  const at = (
    values: ArrayLike<number>,
    rows: number,
    columns: number,
    r: number,
    c: number,
    k = 0,
    count = 1,
  ): number => values[keras ? (k * columns + c) * rows + r : (r * columns + c) * count + k];
  const result = new Array<number>(output * input * places).fill(0);
  for (let o = 0; o < output; o++)
    for (let i = 0; i < input; i++)
      for (let k = 0; k < places; k++)
        for (let x = 0; x < ro; x++)
          for (let y = 0; y < ri; y++)
            result[keras ? (k * input + i) * output + o : (o * input + i) * places + k] +=
              at(b, output, ro, o, x) * at(g, ro, ri, x, y, k, places) * at(a, ri, input, y, i);
  return result;
}

describe('weights for rewritten code', () => {
  it('carry the names of the parts, the bias on the last, and give the kernel back at full rank', async () => {
    const weight = randomTensor([5, 4, 3, 2], random);
    const tensors = {
      'a.conv.weight': weight,
      'a.conv.bias': randomTensor([5], random),
      other: randomTensor([2], random),
    };
    const result = await factored(tensors, [{ path: 'a.conv', method: 'tucker', rank: 5 }]);
    expect(shapes(result)).toEqual({
      'a.conv.0.weight': [4, 4, 1, 1],
      'a.conv.1.weight': [5, 4, 3, 2],
      'a.conv.2.weight': [5, 5, 1, 1],
      'a.conv.2.bias': [5],
      other: [2],
    });
    const parts = [0, 1, 2].map((i) => result.get(`a.conv.${i}.weight`)!.read());
    const rebuilt = composed(parts);
    for (const [i, value] of weight.data.entries()) expect(rebuilt[i]).toBeCloseTo(value, 5);
  });

  it('of a Keras file keep its layout', async () => {
    const kernel = randomTensor([3, 2, 4, 5], random);
    const dense = randomTensor([6, 4], random);
    const tensors = { 'conv/kernel': kernel, 'conv/bias': randomTensor([5], random), 'dense/kernel': dense };
    const result = await factored(
      tensors,
      [
        { path: 'conv', method: 'tucker', rank: 5 },
        { path: 'dense', method: 'svd', rank: 4 },
      ],
      'keras',
    );
    expect(shapes(result)).toEqual({
      'conv/0/kernel': [1, 1, 4, 4],
      'conv/1/kernel': [3, 2, 4, 5],
      'conv/2/kernel': [1, 1, 5, 5],
      'conv/2/bias': [5],
      'dense/0/kernel': [6, 4],
      'dense/1/kernel': [4, 4],
    });
    const rebuilt = composed(
      [0, 1, 2].map((i) => result.get(`conv/${i}/kernel`)!.read()),
      true,
    );
    for (const [i, value] of kernel.data.entries()) expect(rebuilt[i]).toBeCloseTo(value, 5);
    const [first, last] = [0, 1].map((i) => numbers(result.get(`dense/${i}/kernel`)!.read()));
    for (let i = 0; i < 6; i++)
      for (let o = 0; o < 4; o++) {
        const value = [0, 1, 2, 3].reduce((sum, r) => sum + first[i * 4 + r] * last[r * 4 + o], 0);
        expect(value).toBeCloseTo(dense.data[i * 4 + o], 5);
      }
  });

  it('keep the element type', async () => {
    const weight = castTo(randomTensor([6, 5], random), 'bfloat16');
    const result = await factored({ 'fc.weight': weight }, [{ path: 'fc', method: 'svd', rank: 2 }]);
    expect([...result.values()].map(({ type, read }) => [type, read().type])).toEqual([
      ['bfloat16', 'bfloat16'],
      ['bfloat16', 'bfloat16'],
    ]);
  });

  it('lose the prefix of a wrapper, everywhere', async () => {
    const tensors = {
      'module.net.fc.weight': randomTensor([6, 5], random),
      'module.net.norm.weight': randomTensor([5], random),
    };
    const result = await factored(tensors, [{ path: 'fc', method: 'svd', rank: 2 }]);
    expect([...result.keys()]).toEqual(['fc.0.weight', 'fc.1.weight', 'norm.weight']);
  });

  it.each<[string, Readonly<Record<string, Tensor>>, FactoredLayer, RegExp]>([
    ['a layer that is absent', {}, { path: 'fc', method: 'svd', rank: 2 }, /no weight of the layer fc/],
    ['a rank too large', {}, { path: 'conv', method: 'tucker', rank: 99 }, /rank 99 is not between 1 and 6/],
    ['another method', {}, { path: 'conv', method: 'svd', rank: 2 }, /window is 3x3/],
    [
      'integers',
      { 'fc.weight': castTo(randomTensor([6, 5], random), 'int8') },
      { path: 'fc', method: 'svd', rank: 2 },
      /stored as int8/,
    ],
  ])('refuse %s', async (_what, more, layer, reason) => {
    const tensors = { 'conv.weight': randomTensor([6, 5, 3, 3], random), ...more };
    const failure = await factored(tensors, [layer]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CheckpointFileError);
    expect((failure as CheckpointFileError).message).toMatch(reason);
  });
});
