import type { AttributeValue } from '../../onnx/attributes';
import type { GraphBuilder } from '../../onnx/graphBuilder';
import { float32, sizeOf } from '../../tensor/tensor';
import { Formula } from '../rules/formula';
import { kernelDomain, type BlockedSize } from './operators';

export interface ConvolveOptions {
  readonly kernel: readonly [height: number, width: number];
  /** Rows and columns added at the top, left, bottom and right. */
  readonly pads: readonly [top: number, left: number, bottom: number, right: number];
  /** Columns of the stored width between neighbouring kernel columns. */
  readonly step: number;
  readonly group?: number;
  /** Per output channel. */
  readonly bias?: string;
  /** A value that is added to the result. When this is its last use, the result takes its memory. */
  readonly sum?: string;
}

export interface AffineOptions {
  readonly bias?: string;
  readonly sum?: string;
  readonly relu?: boolean;
  readonly output?: string;
}

/** Constants of ones by their dimensions, shared by the nodes of a graph. */
const onesOf = new WeakMap<GraphBuilder, Map<string, string>>();

/** Writes nodes for the runtime's kernels on channel blocks. Values and results are named by strings. */
export class BlockedKernels extends Formula {
  private readonly shared: Map<string, string>;

  constructor(
    builder: GraphBuilder,
    private readonly blockSize: number,
  ) {
    super(builder, 'float32');
    this.shared = onesOf.get(builder) ?? new Map<string, string>();
    onesOf.set(builder, this.shared);
  }

  private kernel(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>>,
    output?: string,
  ): string {
    while (inputs.at(-1) === '') inputs = inputs.slice(0, -1);
    return this.builder.op(opType, inputs, attributes, { domain: kernelDomain, ...(output && { outputs: [output] }) });
  }

  /** Convolution with weights `[O/B, I/B, kH, kW, B inputs, B outputs]` named by the dimensions `[O, I, kH, kW]`. */
  convolve(x: string, weights: string, options: ConvolveOptions, output?: string): string {
    const { kernel, pads, step, group = 1, bias = '', sum = '' } = options;
    const attributes = {
      kernel_shape: kernel,
      pads: [pads[0], pads[1] * step, pads[2], pads[3] * step],
      strides: [1, 1],
      dilations: [1, step],
      group,
    };
    return this.kernel('Conv', [x, weights, bias, sum], attributes, output);
  }

  /** `factor x + bias + sum`, `factor` and `bias` per channel, followed by ReLU where asked: one pass over memory. */
  affine(x: string, factor: string, channels: number, { bias = '', sum = '', relu, output }: AffineOptions): string {
    const attributes = {
      kernel_shape: [1, 1],
      pads: [0, 0, 0, 0],
      strides: [1, 1],
      dilations: [1, 1],
      group: channels,
      ...(relu && { activation: 'Relu' }),
    };
    return this.kernel('Conv', [x, this.reshape(factor, [channels, 1, 1, 1]), bias, sum], attributes, output);
  }

  /**
   * Mean of `a b` over images, height and width, `[C]`: a depthwise convolution whose filter is the other factor, one
   * group per row, so that chains of float32 additions stay short.
   */
  meanProduct(a: string, b: string, size: BlockedSize): string {
    const rows = size.imageBlocks * size.channelBlocks * size.height;
    const length = size.width * this.blockSize;
    const channels = rows * this.blockSize;
    const attributes = {
      kernel_shape: [1, length],
      pads: [0, 0, 0, 0],
      strides: [1, 1],
      dilations: [1, 1],
      group: channels,
    };
    const sums = this.kernel(
      'Conv',
      [this.reshape(a, [1, channels, 1, length]), this.reshape(b, [channels, 1, 1, length])],
      attributes,
    );
    const total = this.sum(this.reshape(sums, this.rowDims(size)), [0, 2]);
    return this.mul(this.reshape(total, [size.channels]), 1 / this.elementsPerChannel(size));
  }

  /** Mean over images, height and width, `[C]`: row by row first. */
  channelMean(x: string, size: BlockedSize): string {
    const means = this.kernel('AveragePool', [x], {
      kernel_shape: [1, size.width * this.blockSize],
      strides: [1, 1],
      pads: [0, 0, 0, 0],
    });
    return this.reshape(this.mean(this.reshape(means, this.rowDims(size)), [0, 2]), [size.channels]);
  }

  elementsPerChannel(size: BlockedSize): number {
    return size.imageBlocks * this.blockSize * size.height * size.width;
  }

  private rowDims({ imageBlocks, channelBlocks, height }: BlockedSize): number[] {
    return [imageBlocks, channelBlocks, height, this.blockSize];
  }

  /** `[groups, C, S]` to `[groups, C'/B, S, B]`, the last channels filled up with zeros. C is a multiple of four. */
  blockChannels(x: string, groups: number, channels: number, spatial: number): string {
    return this.kernel('ReorderInput', [this.reshape(x, [groups, channels, spatial, 1])], {});
  }

  /** `[groups, C'/B, S, B]` to `[groups, C, S]`. */
  unblockChannels(x: string, groups: number, channels: number, spatial: number): string {
    const stored = Math.ceil(channels / this.blockSize) * this.blockSize;
    return this.kernel('ReorderOutput', [this.reshape(x, [groups, stored, spatial, 1])], { channels });
  }

  /** The last two axes of `[count, B, B]` exchanged. The kernel for this direction is the faster one. */
  transposeBlocks(x: string, count: number): string {
    return this.unblockChannels(x, count, this.blockSize, this.blockSize);
  }

  /** Columns of zeros to the left and right of a blocked value: on all threads, where Pad takes one. */
  padColumns(x: string, left: number, right: number, size: BlockedSize): string {
    if (left === 0 && right === 0) return x;
    const attributes = {
      kernel_shape: [1, 1],
      pads: [0, left * this.blockSize, 0, right * this.blockSize],
      strides: [1, 1],
      dilations: [1, 1],
      group: size.channels,
    };
    return this.kernel('Conv', [x, this.ones([size.channels, 1, 1, 1])], attributes);
  }

  ones(dims: readonly number[]): string {
    const key = dims.join();
    let value = this.shared.get(key);
    if (value === undefined) {
      value = this.builder.constant(float32(dims, new Float32Array(sizeOf(dims)).fill(1)));
      this.shared.set(key, value);
    }
    return value;
  }

  /** `x: [count, ...]` by index along its first axis. */
  pick(x: string, indices: readonly number[]): string {
    return this.builder.op('Gather', [x, this.builder.ints(indices)], { axis: 0 });
  }

  /** `values: [from]` filled up with zeros, or cut, to `[to]`. */
  resizeVector(values: string, from: number, to: number): string {
    if (to > from) return this.pad(values, [0], [to - from]);
    return to < from ? this.slice(values, [0], [0], [to]) : values;
  }

  /** `max(x, 0)` for values that rounding may have made negative. */
  notNegative(x: string): string {
    return this.unary('Relu', x);
  }
}
