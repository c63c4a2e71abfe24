import type { Rule } from '../rule';
import { BlockedKernels } from './kernels';
import { blockedDims, blockedSize, blockSizeOf } from './operators';

const parities = [0, 1];

/** Even and odd rows and columns of an image apart: what operators of stride 2 work on. Phases nobody reads are ''. */
export const blockedPhases: Rule = {
  forward(node, scope) {
    const k = new BlockedKernels(scope.builder, blockSizeOf(node));
    const { imageBlocks, channelBlocks, height, width, blockSize, channels } = blockedSize(node, scope, node.input[0]);
    const block = blockSize * blockSize;
    const pixels = k.reshape(node.input[0], [imageBlocks * channelBlocks, height, width, block]);
    for (const row of parities) {
      for (const column of parities) {
        const output = node.output[2 * row + column];
        if (!output) continue;
        const phase = k.slice(pixels, [1, 2], [row, column], [height, width], [2, 2]);
        const dims = [imageBlocks, channels, height / 2, (width / 2) * blockSize];
        scope.builder.op('Reshape', [phase, scope.builder.ints(dims)], {}, { outputs: [output] });
      }
    }
  },

  backward(node, scope) {
    if (!scope.wants(node.input[0])) return;
    const k = new BlockedKernels(scope.builder, blockSizeOf(node));
    const size = blockedSize(node, scope, node.input[0]);
    const blocks = size.imageBlocks * size.channelBlocks;
    const [height, width, block] = [size.height / 2, size.width / 2, size.blockSize ** 2];
    const rows = parities.map((row) => {
      const columns = parities.map((column) => {
        const gradient = scope.gradient(node.output[2 * row + column]);
        const dims = [blocks * height * width, block];
        return gradient === undefined ? k.zeros(dims) : k.reshape(gradient, dims);
      });
      return k.reshape(k.concat(columns, 1), [blocks * height, size.width * block]);
    });
    scope.accumulate(node.input[0], k.reshape(k.concat(rows, 1), blockedDims(size)));
  },
};
