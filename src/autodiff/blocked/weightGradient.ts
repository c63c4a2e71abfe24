import type { ConvolutionPart } from './convolution';
import type { BlockedKernels } from './kernels';
import type { BlockedSize } from './operators';

export interface GradientSizes {
  readonly input: BlockedSize;
  readonly output: BlockedSize;
  /** The input has no channel blocks. */
  readonly narrow: boolean;
}

/**
 * Gradient of a convolution's weights: `[I/B, O/B, taps, B inputs, B outputs]`, or `[O/B, taps, I, B outputs]` for a
 * narrow input.
 *
 * It is a convolution itself: the input with images and channels exchanged, `dY` as the filter, whose layout is just that
 * of weights from images to output channels, and the taps as the output positions. Every block of images is a group of
 * its own; their results are added at the end, which also keeps chains of float32 additions short.
 */
export function gradientOfWeights(
  k: BlockedKernels,
  parts: readonly ConvolutionPart[],
  dY: string,
  sizes: GradientSizes,
): string {
  if (sizes.narrow) return narrowGradient(k, parts[0], dY, sizes);
  const { blockSize, channelBlocks: inputBlocks } = sizes.input;
  const { channelBlocks: outputBlocks } = sizes.output;
  const gradients = parts.map((part) => {
    const gradient =
      part.taps.length === 1 ? pointwiseGradient(k, part.x, dY, sizes) : partGradient(k, part, dY, sizes);
    return k.reshape(gradient, [inputBlocks * outputBlocks, part.taps.length, blockSize * blockSize]);
  });
  if (parts.length === 1) return gradients[0];
  const position = parts.flatMap((part) => part.taps);
  const order = position.map((_, tap) => position.indexOf(tap));
  return k.builder.op('Gather', [k.concat(gradients, 1), k.builder.ints(order)], { axis: 1 });
}

function partGradient(k: BlockedKernels, part: ConvolutionPart, dY: string, { input, output }: GradientSizes): string {
  const { blockSize, imageBlocks, channelBlocks, height, width } = input;
  const [top, left, bottom, right] = part.pads;
  const block = blockSize * blockSize;
  const padded = width + left + right;
  // Rows outside the image cost the kernel nothing, columns would go its slow way: only columns are added to the data.
  const rows = k.reshape(part.x, [imageBlocks * channelBlocks * height, width * block]);
  const wide = k.pad(rows, [0, left * block], [0, right * block]);
  const exchanged = k.transposeBlocks(wide, imageBlocks * channelBlocks * height * padded);
  const byImage = k.reshape(exchanged, [imageBlocks, channelBlocks, height * padded * block]);
  const byChannel = channelBlocks === 1 ? byImage : k.transpose(byImage, [1, 0, 2]);
  const images = imageBlocks * blockSize;
  const gradient = k.convolve(
    k.reshape(byChannel, [channelBlocks, images, height, padded * blockSize]),
    k.reshape(dY, [imageBlocks * output.channels, blockSize, output.height, output.width]),
    {
      kernel: [output.height, output.width],
      pads: [top, 0, bottom, 0],
      step: blockSize,
      group: imageBlocks,
    },
  );
  const taps = part.kernel[0] * part.kernel[1];
  return k.sum(k.reshape(gradient, [channelBlocks, imageBlocks, output.channelBlocks * taps * block]), [1]);
}

/** One tap: a product of matrices for every pair of channel blocks. */
function pointwiseGradient(k: BlockedKernels, x: string, dY: string, { input, output }: GradientSizes): string {
  const { blockSize, imageBlocks, channelBlocks, height, width } = input;
  const rows = height * width * blockSize;
  const products = k.builder.op(
    'FusedMatMul',
    [
      k.reshape(x, [imageBlocks, channelBlocks, 1, rows, blockSize]),
      k.reshape(dY, [imageBlocks, 1, output.channelBlocks, rows, blockSize]),
    ],
    { transA: 1 },
    { domain: 'com.microsoft' },
  );
  return k.sum(products, [0]);
}

function narrowGradient(
  k: BlockedKernels,
  part: ConvolutionPart,
  dY: string,
  { input, output }: GradientSizes,
): string {
  const { blockSize, imageBlocks, channels, height, width } = input;
  const [top, left, bottom, right] = part.pads;
  const images = imageBlocks * blockSize;
  const padded = width + left + right;
  const wide = k.pad(
    k.reshape(part.x, [imageBlocks * channels * height, width * blockSize]),
    [0, left * blockSize],
    [0, right * blockSize],
  );
  const byPixel = k.transpose(k.reshape(wide, [imageBlocks, channels, height * padded, blockSize]), [0, 2, 1, 3]);
  const gradient = k.convolve(
    k.reshape(byPixel, [1, images, height, padded * channels]),
    k.reshape(dY, [imageBlocks * output.channels, blockSize, output.height, output.width]),
    { kernel: [output.height, output.width], pads: [top, 0, bottom, 0], step: channels, group: imageBlocks },
  );
  return k.sum(k.reshape(gradient, [imageBlocks, output.channels * part.taps.length * channels]), [0]);
}
