import { GraphBuilder } from '../../onnx/graphBuilder';
import type { Model } from '../../onnx/model';
import { float32, sizeOf } from '../../tensor/tensor';
import { Random } from '../../tensor/random';

/** Adds a weight with normal values of the given deviation. */
function weight(
  builder: GraphBuilder,
  random: Random,
  name: string,
  dims: readonly number[],
  deviation: number,
): string {
  const values = Float32Array.from({ length: sizeOf(dims) }, () => deviation * random.normal());
  return builder.constant(float32(dims, values), name);
}

/** x [batch, in] -> logits [batch, classes] through one hidden layer: weights W1, B1, W2, B2. */
export function perceptron(inputs: number, hidden: number, classes: number, seed = 1): Model {
  const builder = new GraphBuilder();
  const random = Random.of(seed);
  builder.input('x', 'float32', ['batch', inputs]);
  weight(builder, random, 'W1', [inputs, hidden], Math.sqrt(2 / inputs));
  weight(builder, random, 'B1', [hidden], 0.1);
  weight(builder, random, 'W2', [hidden, classes], Math.sqrt(2 / hidden));
  weight(builder, random, 'B2', [classes], 0.1);
  const h = builder.op('Relu', [builder.op('Gemm', ['x', 'W1', 'B1'])]);
  builder.op('Gemm', [h, 'W2', 'B2'], {}, { outputs: ['logits'] });
  builder.output('logits', 'float32', ['batch', classes]);
  return builder.model;
}

export const perceptronParameters = ['W1', 'B1', 'W2', 'B2'];

/**
 * x [batch, channels, size, size] -> logits: two 3x3 convolutions with BatchNormalization (the second with stride 2), global
 * average, Gemm.
 */
export function smallConvNet(channels: number, size: number, width: number, classes: number, seed = 1): Model {
  const builder = new GraphBuilder();
  const random = Random.of(seed);
  builder.input('x', 'float32', ['batch', channels, size, size]);
  let value = 'x';
  for (const [i, stride] of [1, 2].entries()) {
    const from = i === 0 ? channels : width;
    weight(builder, random, `conv${i}.weight`, [width, from, 3, 3], Math.sqrt(2 / (from * 9)));
    for (const [name, fill] of [
      ['scale', 1],
      ['bias', 0],
      ['mean', 0],
      ['variance', 1],
    ] as const) {
      builder.constant(float32([width], new Float32Array(width).fill(fill)), `norm${i}.${name}`);
    }
    value = builder.op(
      'Conv',
      [value, `conv${i}.weight`],
      { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [stride, stride] },
      { outputs: [`conv${i}`] },
    );
    value = builder.op(
      'BatchNormalization',
      [value, `norm${i}.scale`, `norm${i}.bias`, `norm${i}.mean`, `norm${i}.variance`],
      {},
      { outputs: [`norm${i}`] },
    );
    value = builder.op('Relu', [value], {}, { outputs: [`relu${i}`] });
  }
  value = builder.op('Flatten', [builder.op('GlobalAveragePool', [value])]);
  weight(builder, random, 'head.weight', [width, classes], Math.sqrt(1 / width));
  builder.constant(float32([classes]), 'head.bias');
  builder.op('Gemm', [value, 'head.weight', 'head.bias'], {}, { outputs: ['logits'] });
  builder.output('logits', 'float32', ['batch', classes]);
  return builder.model;
}

export const smallConvNetParameters = [
  'conv0.weight',
  'norm0.scale',
  'norm0.bias',
  'conv1.weight',
  'norm1.scale',
  'norm1.bias',
  'head.weight',
  'head.bias',
];
