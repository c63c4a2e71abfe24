import { intAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import type { Scope } from '../rule';

/**
 * The blocked layout holds an activation `[N, C, H, W]` as `[N/B, C/B, H, W, B images, B channels]`, with channels filled
 * up to a multiple of the block size B. A value in it has the dimensions `[N/B, C', H, W B]`, as the runtime's kernels for
 * channel blocks see it: an image that is B times as wide. Neighbouring columns of one image lie B apart, so a kernel is
 * dilated by B along the width.
 *
 * Operators that stand for several runtime nodes; they exist only between `toBlockedLayout` and the rules.
 */
export const blockedDomain = 'layerwise.blocked';

/** The runtime's own kernels for channel blocks, an internal operator set of it. */
export const kernelDomain = 'com.microsoft.nchwc';

export const blockedOperator = {
  /** `X: [N, C, H, W]` to the blocked layout. */
  toBlocked: 'ToBlocked',
  /** The blocked layout to `[N, C, H, W]`; attribute `channels`. */
  fromBlocked: 'FromBlocked',
  /** `X, W: [O, I, k, k], bias?: [O]`: stride 1, pads k / 2. With stride 2, the four phases of X instead of X. */
  convolution: 'Conv',
  /** `X` to its phases: even and odd rows and columns, in the order (0, 0), (0, 1), (1, 0), (1, 1). */
  phases: 'Phases',
  /** `X, scale, bias, mean, variance: [C], residual?`; attributes `relu`, `epsilon`, `momentum`. */
  batchNormalization: 'BatchNormalization',
  /** `X` to the mean over height and width, `[N, C, 1, 1]` or `[N, C]`. */
  globalAveragePool: 'GlobalAveragePool',
  /** The largest of four phases. */
  maxPool: 'MaxPool',
  /** The mean of four phases. */
  averagePool: 'AveragePool',
} as const;

/** Attributes of the operators above. */
export const blockedAttribute = {
  blockSize: 'block_size',
  channels: 'channels',
  relu: 'relu',
  /**
   * On a normalisation and the convolution it alone reads: the gradient between the two is the true one divided by the
   * normalisation's factor per channel, which the convolution multiplies into its small weights instead. It saves a pass
   * over the activation. The convolution has the name of the factor's value, the normalisation 1.
   */
  dividedGradient: 'divided_gradient',
} as const;

/** Name of the value with the factor per channel, `[C']`, of the normalisation whose result is `y`. */
export function factorOf(y: string): string {
  return `${y}:factor`;
}

/** Sizes of a value in the blocked layout. */
export interface BlockedSize {
  readonly blockSize: number;
  /** Blocks of images. */
  readonly imageBlocks: number;
  /** Blocks of channels. A narrow value, with fewer channels than a block holds and no filling, has a fraction of one. */
  readonly channelBlocks: number;
  /** Channels with their filling. */
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export function blockSizeOf(node: NodeProto): number {
  return intAttribute(node, blockedAttribute.blockSize, 0);
}

/** Sizes of a blocked value that a blocked node reads or computes. */
export function blockedSize(node: NodeProto, scope: Scope, value: string): BlockedSize {
  const blockSize = blockSizeOf(node);
  const [imageBlocks, channels, height, paddedWidth] = scope.shape(value).dims;
  return {
    blockSize,
    imageBlocks,
    channelBlocks: channels / blockSize,
    channels,
    height,
    width: paddedWidth / blockSize,
  };
}

/** Dimensions of a blocked value. */
export function blockedDims({ imageBlocks, channels, height, width, blockSize }: BlockedSize): number[] {
  return [imageBlocks, channels, height, width * blockSize];
}

/** `count` filled up to a multiple of the block size. */
export function filled(count: number, blockSize: number): number {
  return Math.ceil(count / blockSize) * blockSize;
}
