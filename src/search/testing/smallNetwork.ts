import { methodOf, statusOf } from '../../methods/registry';
import { makeModel, randomTensor } from '../../methods/testing/models';
import { layersOf } from '../../onnx/layers';
import type { Model } from '../../onnx/model';
import { inferShapes } from '../../runtime/shapes';
import { Random } from '../../tensor/random';
import { float32, int64 } from '../../tensor/tensor';
import { buildSpace, type SearchSpace } from '../sites';

export const classes = 10;

export interface SmallNetwork {
  readonly model: Model;
  readonly search: SearchSpace;
}

/**
 * A convolutional classifier of [batch, 8, 6, 6] images with random weights: a strided 3x3 convolution with
 * BatchNormalization, a residual 3x3 convolution, a 1x1 convolution, a MatMul by a transposed weight and a Gemm.
 */
export async function smallNetwork(batch: number): Promise<SmallNetwork> {
  const random = Random.of('small network');
  const weight = (dims: readonly number[], fan: number): ReturnType<typeof randomTensor> => {
    const { data } = randomTensor(dims, random.split(dims.join()));
    return float32(
      dims,
      data.map((value) => value / Math.sqrt(fan)),
    );
  };
  const positive = (size: number): ReturnType<typeof randomTensor> =>
    float32(
      [size],
      randomTensor([size], random).data.map((value) => 0.5 + value ** 2),
    );
  const model = makeModel({
    x: [batch, 8, 6, 6],
    weights: {
      w1: weight([12, 8, 3, 3], 72),
      w2: weight([12, 12, 3, 3], 108),
      w3: weight([16, 12, 1, 1], 12),
      w4: weight([24, 16], 16),
      w5: weight([classes, 24], 24),
      scale: positive(12),
      shift: weight([12], 1),
      mean: weight([12], 4),
      variance: positive(12),
      bias: weight([classes], 4),
      flat: int64([2], [batch, 16]),
    },
    nodes: [
      {
        op: 'Conv',
        inputs: ['x', 'w1'],
        output: 'c1',
        name: 'strided',
        attributes: { strides: [2, 2], pads: [1, 1, 1, 1] },
      },
      { op: 'BatchNormalization', inputs: ['c1', 'scale', 'shift', 'mean', 'variance'], output: 'n1', name: 'norm' },
      { op: 'Relu', inputs: ['n1'], output: 'a1', name: 'relu1' },
      { op: 'Conv', inputs: ['a1', 'w2'], output: 'c2', name: 'residual', attributes: { pads: [1, 1, 1, 1] } },
      { op: 'Add', inputs: ['c2', 'a1'], output: 'sum', name: 'join' },
      { op: 'Relu', inputs: ['sum'], output: 'a2', name: 'relu2' },
      { op: 'Conv', inputs: ['a2', 'w3'], output: 'c3', name: 'pointwise' },
      { op: 'GlobalAveragePool', inputs: ['c3'], output: 'pooled', name: 'pool' },
      { op: 'Reshape', inputs: ['pooled', 'flat'], output: 'row', name: 'flatten' },
      { op: 'Transpose', inputs: ['w4'], output: 'w4t', name: 'turn', attributes: { perm: [1, 0] } },
      { op: 'MatMul', inputs: ['row', 'w4t'], output: 'm4', name: 'product' },
      { op: 'Relu', inputs: ['m4'], output: 'a4', name: 'relu4' },
      { op: 'Gemm', inputs: ['a4', 'w5', 'bias'], output: 'y', name: 'head', attributes: { transB: 1 } },
    ],
  });
  const layers = layersOf(model, await inferShapes(model));
  const search = await buildSpace(model, statusOf(model, layers), {
    dense: {
      macs: layers.reduce((sum, layer) => sum + layer.macs, 0),
      params: layers.reduce((sum, layer) => sum + layer.params, 0),
      bytes: layers.reduce((sum, layer) => sum + layer.bytes, 0),
    },
    methodOf,
    ranks: 3,
  });
  return { model, search };
}
