import { intAttribute } from '../../onnx/attributes';
import type { Rule, Scope } from '../rule';
import { BlockedKernels } from './kernels';
import { blockedAttribute, blockedDims, blockedSize, blockSizeOf, type BlockedSize } from './operators';

/** `x: [N, C, H, W]` to the blocked layout. */
function block(k: BlockedKernels, x: string, channels: number, size: BlockedSize): string {
  const { imageBlocks, blockSize, height, width } = size;
  const images = imageBlocks * blockSize;
  const area = height * width;
  if (size.channels < blockSize) {
    // Narrow: images stand where the kernels have channels.
    return k.reshape(k.blockChannels(x, imageBlocks, blockSize, channels * area), blockedDims(size));
  }
  // The reordering kernel takes multiples of four channels.
  const missing = channels % 4 === 0 ? 0 : size.channels - channels;
  const filledUp = k.pad(x, [0, 0, 0, 0], [0, missing, 0, 0]);
  const pixels = k.blockChannels(filledUp, images, channels + missing, area);
  const split = k.reshape(pixels, [imageBlocks, blockSize, size.channelBlocks * area, blockSize]);
  return k.reshape(k.transpose(split, [0, 2, 1, 3]), blockedDims(size));
}

/** The blocked layout to `[N, C, H, W]`. */
function unblock(k: BlockedKernels, x: string, channels: number, size: BlockedSize): string {
  const { imageBlocks, blockSize, height, width } = size;
  const area = height * width;
  const split = k.reshape(x, [imageBlocks, size.channelBlocks * area, blockSize, blockSize]);
  const pixels = k.transpose(split, [0, 2, 1, 3]);
  const planes = k.unblockChannels(pixels, imageBlocks * blockSize, channels, area);
  return k.reshape(planes, [imageBlocks * blockSize, channels, height, width]);
}

function named(scope: Scope, value: string, output: string): void {
  scope.builder.op('Identity', [value], {}, { outputs: [output] });
}

/** Into the blocked layout. */
export const toBlocked: Rule = {
  forward(node, scope) {
    const k = new BlockedKernels(scope.builder, blockSizeOf(node));
    const size = blockedSize(node, scope, node.output[0]);
    named(scope, block(k, node.input[0], scope.shape(node.input[0]).dims[1], size), node.output[0]);
  },

  backward(node, scope) {
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined || !scope.wants(node.input[0])) return;
    const k = new BlockedKernels(scope.builder, blockSizeOf(node));
    const size = blockedSize(node, scope, node.output[0]);
    scope.accumulate(node.input[0], unblock(k, dY, scope.shape(node.input[0]).dims[1], size));
  },
};

/** Out of the blocked layout. */
export const fromBlocked: Rule = {
  forward(node, scope) {
    const k = new BlockedKernels(scope.builder, blockSizeOf(node));
    const channels = intAttribute(node, blockedAttribute.channels, 0);
    const size = blockedSize(node, scope, node.input[0]);
    named(scope, unblock(k, node.input[0], channels, size), node.output[0]);
  },

  backward(node, scope) {
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined || !scope.wants(node.input[0])) return;
    const k = new BlockedKernels(scope.builder, blockSizeOf(node));
    const channels = intAttribute(node, blockedAttribute.channels, 0);
    scope.accumulate(node.input[0], block(k, dY, channels, blockedSize(node, scope, node.input[0])));
  },
};
