import { float } from '../../onnx/attributes';
import { buildOpset, GraphBuilder } from '../../onnx/graphBuilder';
import { Model } from '../../onnx/model';
import { Random } from '../../tensor/random';
import { float32, sizeOf, type Tensor } from '../../tensor/tensor';

/** Names of the input and the output of the networks made here. */
export const networkInput = 'input';
export const networkOutput = 'logits';

/** As PyTorch's layers have them. */
const batchNormalization = { epsilon: float(1e-5), momentum: float(0.9) };

export interface ConvolutionOptions {
  readonly outputs: number;
  readonly kernel: number;
  readonly stride?: number;
}

/** A value of a network under construction, `[N, channels, ...]`. */
export interface Features {
  readonly value: string;
  readonly channels: number;
}

/**
 * Writes convolutional image classifiers with the names that PyTorch's exporter gives: weights by module path
 * (`layer1.0.conv1.weight`), nodes and values by the path with slashes. Weights are drawn from seeded generators, one per
 * name, so that they do not depend on the order of construction.
 */
export class ImageClassifier {
  private readonly builder: GraphBuilder;
  private readonly random: Random;

  constructor(name: string, seed: number | string) {
    this.builder = new GraphBuilder(Model.empty(name, { '': buildOpset }), 'network');
    this.random = Random.of(seed).split('weights');
  }

  /** The input, `[N, channels, height, width]` with N open. */
  input(channels: number, height: number, width: number): Features {
    this.builder.input(networkInput, 'float32', ['N', channels, height, width]);
    return { value: networkInput, channels };
  }

  /** A convolution without bias, padded by half its kernel. */
  convolution(path: string, x: Features, { outputs, kernel, stride = 1 }: ConvolutionOptions): Features {
    const weights = this.drawn(`${path}.weight`, [outputs, x.channels, kernel, kernel], 2);
    const pad = kernel >> 1;
    return this.node(path, 'Conv', [x.value, weights], outputs, {
      kernel_shape: [kernel, kernel],
      pads: [pad, pad, pad, pad],
      strides: [stride, stride],
      dilations: [1, 1],
      group: 1,
    });
  }

  batchNormalization(path: string, x: Features): Features {
    const vectors: readonly (readonly [string, number])[] = [
      ['weight', 1],
      ['bias', 0],
      ['running_mean', 0],
      ['running_var', 1],
    ];
    const inputs = vectors.map(([name, value]) =>
      this.builder.constant(float32([x.channels], new Float32Array(x.channels).fill(value)), `${path}.${name}`),
    );
    return this.node(path, 'BatchNormalization', [x.value, ...inputs], x.channels, batchNormalization);
  }

  relu(path: string, x: Features): Features {
    return this.node(path, 'Relu', [x.value], x.channels);
  }

  add(path: string, a: Features, b: Features): Features {
    return this.node(path, 'Add', [a.value, b.value], a.channels);
  }

  /** Halves height and width, taking the largest of two by two. */
  maxPool(path: string, x: Features): Features {
    return this.node(path, 'MaxPool', [x.value], x.channels, { kernel_shape: [2, 2], strides: [2, 2] });
  }

  /**
   * The shortcut without parameters of He et al. 2015, section 4.1, option A: every second row and column, filled up with
   * zero channels, as many before as behind.
   */
  paddedShortcut(path: string, x: Features, channels: number): Features {
    const { builder } = this;
    const lists = [
      [0, 0],
      [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
      [2, 3],
      [2, 2],
    ].map((list) => builder.ints(list));
    const halved = this.node(path, 'Slice', [x.value, ...lists], x.channels);
    const before = (channels - x.channels) >> 1;
    const behind = channels - x.channels - before;
    return this.node(path, 'Pad', [halved.value, builder.ints([0, before, 0, 0, 0, behind, 0, 0])], channels);
  }

  /** Mean over each image, then a fully connected layer: closes the network. */
  classify(path: string, x: Features, classes: number): Model {
    const { builder } = this;
    const pooled = this.node('pool', 'GlobalAveragePool', [x.value], x.channels);
    const flat = this.node('flatten', 'Flatten', [pooled.value], x.channels, { axis: 1 });
    const weights = this.drawn(`${path}.weight`, [classes, x.channels], 1);
    const bias = builder.constant(float32([classes]), `${path}.bias`);
    builder.op('Gemm', [flat.value, weights, bias], { transB: 1 }, { outputs: [networkOutput], name: `/${path}/Gemm` });
    builder.output(networkOutput, 'float32', ['N', classes]);
    return builder.model;
  }

  private node(
    path: string,
    opType: string,
    inputs: readonly string[],
    channels: number,
    attributes: Parameters<GraphBuilder['op']>[2] = {},
  ): Features {
    const name = `/${path.replaceAll('.', '/')}/${opType}`;
    const value = this.builder.op(opType, inputs, attributes, { outputs: [`${name}_output_0`], name });
    return { value, channels };
  }

  /** Normal weights of variance `gain / fan-in` (He et al. 2015, Delving Deep into Rectifiers, eq. 10: gain 2 before ReLU). */
  private drawn(name: string, dims: readonly number[], gain: number): string {
    const tensor: Tensor<Float32Array> = float32(dims);
    const deviation = Math.sqrt(gain / sizeOf(dims.slice(1)));
    const random = this.random.split(name);
    for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = deviation * random.normal();
    return this.builder.constant(tensor, name);
  }
}
