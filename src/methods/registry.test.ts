import { describe, expect, it } from 'vitest';
import { float32, type Tensor } from '../tensor/tensor';
import { methodFor, methodOf, statusOf } from './registry';
import { layersIn, makeModel, type ModelSpec } from './testing/models';

const zeros = (...dims: number[]): Tensor => float32(dims);

async function reasons(spec: ModelSpec): Promise<string[]> {
  const model = makeModel(spec);
  const layers = await layersIn(model);
  const statuses = statusOf(model, layers);
  expect(statuses.map(({ layer }) => layer)).toEqual(layers);
  for (const { status, reason, site } of statuses) {
    expect(reason).toMatch(/^[A-Z].*\.$/);
    expect(site !== undefined).toBe(status === 'compressible');
  }
  return statuses.map(({ status, reason, site }) => `${status} ${site ? methodOf(site).id : ''}: ${reason}`);
}

describe('statusOf', () => {
  it('takes Tucker-2 for windows and SVD for matrices', async () => {
    const found = await reasons({
      x: ['N', 16, 8, 8],
      weights: { w: zeros(32, 16, 3, 3), p: zeros(16, 32, 1, 1), m: zeros(6, 24) },
      nodes: [
        { op: 'Conv', inputs: ['x', 'w'], output: 'a' },
        { op: 'Conv', inputs: ['a', 'p'], output: 'b' },
        { op: 'MatMul', inputs: ['b', 'm'], output: 'y' },
      ],
    });
    expect(found).toEqual([
      expect.stringContaining('compressible tucker: It can become three convolutions'),
      expect.stringContaining('compressible svd: It can become two factors'),
      expect.stringContaining('compressible svd'),
    ]);
  });

  it('says why a convolution is left alone', async () => {
    const found = await reasons({
      x: ['N', 3, 16, 16],
      weights: {
        first: zeros(8, 3, 3, 3),
        depthwise: zeros(8, 1, 3, 3),
        grouped: zeros(8, 4, 3, 3),
        up: zeros(8, 8, 2, 2),
        shared: zeros(8, 8, 3, 3),
        narrow: zeros(2, 8, 3, 3),
      },
      nodes: [
        { op: 'Conv', inputs: ['x', 'first'], output: 'a' },
        { op: 'Conv', inputs: ['a', 'depthwise'], output: 'b', attributes: { group: 8 } },
        { op: 'Conv', inputs: ['b', 'grouped'], output: 'c', attributes: { group: 2 } },
        { op: 'ConvTranspose', inputs: ['c', 'up'], output: 'd' },
        { op: 'Conv', inputs: ['d', 'shared'], output: 'e' },
        { op: 'Conv', inputs: ['e', 'shared'], output: 'f' },
        { op: 'Conv', inputs: ['f', 'narrow'], output: 'y' },
      ],
    });
    expect(found).toEqual([
      'not-worthwhile : It reads only 3 channels: no rank to cut.',
      'unsupported : A depthwise convolution has no channel rank to cut.',
      'unsupported : A grouped convolution (2 groups) mixes too few channels for its rank to be cut.',
      'unsupported : Transposed convolutions have no low-rank form here yet.',
      'unsupported : Its weight is shared with other nodes of the network.',
      'unsupported : Its weight is shared with other nodes of the network.',
      'not-worthwhile : It writes only 2 channels: no rank to cut.',
    ]);
  });

  it('says why a matrix is left alone, and what stands between a weight and its layer', async () => {
    const found = await reasons({
      x: [2, 8, 8],
      weights: {
        vector: zeros(8),
        stack: zeros(2, 8, 8),
        quantised: { type: 'int8', dims: [8, 8], data: new Int8Array(64) },
        scale: float32([], [1]),
        whole: zeros(8, 8),
      },
      nodes: [
        { op: 'MatMul', inputs: ['x', 'vector'], output: 'a' },
        { op: 'MatMul', inputs: ['x', 'stack'], output: 'b' },
        { op: 'DequantizeLinear', inputs: ['quantised', 'scale'], output: 'c' },
        { op: 'MatMul', inputs: ['b', 'c'], output: 'd' },
        { op: 'MatMul', inputs: ['d', 'whole'], output: 'e' },
        { op: 'Add', inputs: ['whole', 'e'], output: 'y' },
      ],
    });
    expect(found).toEqual([
      'not-worthwhile : Its weight is a vector: no rank to cut.',
      'unsupported : Its weight is a stack of matrices (2x8x8).',
      'unsupported : Its weight passes through DequantizeLinear before it is used.',
      'unsupported : Its weight is shared with other nodes of the network.',
    ]);
  });

  it('says that a dynamic weight is computed', async () => {
    const model = makeModel({
      x: ['N', 8, 8, 8],
      weights: { shape: { type: 'int64', dims: [4], data: BigInt64Array.from([8n, 8n, -1n, 1n]) } },
      nodes: [
        { op: 'Reshape', inputs: ['x', 'shape'], output: 'w' },
        { op: 'Conv', inputs: ['x', 'w'], output: 'y' },
      ],
    });
    const [layer] = await layersIn(model);
    expect(methodFor(layer).site(model, layer).reason).toBe('Its weight is computed while the network runs.');
  });
});
