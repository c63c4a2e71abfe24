import type { Rule } from '../rule';
import { BlockedKernels } from './kernels';
import { blockedDims, blockedSize, blockSizeOf } from './operators';

/** Mean over height and width: the result has the ordinary layout, `[N, C, ...]`. */
export const blockedGlobalAveragePool: Rule = {
  forward(node, scope) {
    const k = new BlockedKernels(scope.builder, blockSizeOf(node));
    const { imageBlocks, channelBlocks, height, width, blockSize } = blockedSize(node, scope, node.input[0]);
    const { dims } = scope.shape(node.output[0]);
    const pixels = k.reshape(node.input[0], [imageBlocks, channelBlocks, height * width, blockSize, blockSize]);
    const means = k.transpose(k.mean(pixels, [2]), [0, 2, 1, 3]);
    const rows = k.reshape(means, [imageBlocks * blockSize, channelBlocks * blockSize]);
    const cut = dims[1] === channelBlocks * blockSize ? rows : k.slice(rows, [1], [0], [dims[1]]);
    scope.builder.op('Reshape', [cut, scope.builder.ints(dims)], {}, { outputs: [node.output[0]] });
  },

  backward(node, scope) {
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined || !scope.wants(node.input[0])) return;
    const k = new BlockedKernels(scope.builder, blockSizeOf(node));
    const size = blockedSize(node, scope, node.input[0]);
    const { imageBlocks, channelBlocks, blockSize } = size;
    const [images, channels] = scope.shape(node.output[0]).dims;
    const area = size.height * size.width;
    const rows = k.pad(k.reshape(k.mul(dY, 1 / area), [images, channels]), [0, 0], [0, size.channels - channels]);
    const blocks = k.transpose(k.reshape(rows, [imageBlocks, blockSize, channelBlocks, blockSize]), [0, 2, 1, 3]);
    const block = blockSize * blockSize;
    const pixel = k.reshape(blocks, [imageBlocks * channelBlocks, 1, block]);
    const spread = k.expand(pixel, [imageBlocks * channelBlocks, area, block]);
    scope.accumulate(node.input[0], k.reshape(spread, blockedDims(size)));
  },
};

/** The largest of each window of 2 x 2, as the largest of the four phases. */
export const blockedMaxPool: Rule = {
  forward(node, scope) {
    scope.builder.op('Max', node.input, {}, { outputs: [node.output[0]] });
  },

  backward(node, scope) {
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const k = new BlockedKernels(scope.builder, blockSizeOf(node));
    const wins = node.input.map((phase) => k.vanishing(k.sub(node.output[0], phase)));
    // Equal values share the gradient.
    const share = k.div(dY, scope.builder.op('Sum', wins));
    for (const [i, phase] of node.input.entries()) {
      if (scope.wants(phase)) scope.accumulate(phase, k.mul(wins[i], share));
    }
  },
};

/** The mean of each window of 2 x 2, as the mean of the four phases. */
export const blockedAveragePool: Rule = {
  forward(node, scope) {
    scope.builder.op('Mean', node.input, {}, { outputs: [node.output[0]] });
  },

  backward(node, scope) {
    const dY = scope.gradient(node.output[0]);
    if (dY === undefined) return;
    const k = new BlockedKernels(scope.builder, blockSizeOf(node));
    const share = k.mul(dY, 1 / node.input.length);
    for (const phase of node.input) if (scope.wants(phase)) scope.accumulate(phase, share);
  },
};
