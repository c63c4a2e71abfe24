import { float32 } from '../../tensor/tensor';
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

/**
 * Bytes of dY that one call of the kernel should run over: it goes through all of them for every six output positions, so
 * they have to stay in the second-level cache.
 */
const filterBytes = 512 * 1024;

/** Bands of rows that dY is cut into so that each is a filter of suitable size. */
function bandsOf({ blockSize, channelBlocks, height, width }: BlockedSize): number {
  const rowBytes = 4 * blockSize * blockSize * width * Math.min(channelBlocks, 4);
  for (let bands = 1; 2 * bands <= height; bands++) {
    if (height % bands === 0 && (height / bands) * rowBytes <= filterBytes) return bands;
  }
  return 1;
}

function partGradient(k: BlockedKernels, part: ConvolutionPart, dY: string, sizes: GradientSizes): string {
  const { input, output } = sizes;
  const { blockSize, imageBlocks, channelBlocks, height, width } = input;
  const [top, left, bottom, right] = part.pads;
  const block = blockSize * blockSize;
  const padded = width + left + right;
  // Rows outside the image cost the kernel nothing, columns would go its slow way: only columns are added to the data.
  const wide = k.padColumns(part.x, left, right, input);
  const exchanged = k.transposeBlocks(wide, imageBlocks * channelBlocks * height * padded);
  const byChannel = swapAxes(k, exchanged, [imageBlocks, channelBlocks], height * padded * block);

  const correlate = (x: string, filter: string, bands: number, rows: number): string => {
    const groups = imageBlocks * bands;
    const outputs = k.reshape(filter, [groups * output.channels, blockSize, rows, output.width]);
    const images = k.reshape(x, [channelBlocks, groups * blockSize, rows, padded * blockSize]);
    const options = {
      kernel: [rows, output.width] as const,
      pads: [top, 0, bottom, 0] as const,
      step: blockSize,
      group: groups,
    };
    const gradient = k.convolve(images, outputs, options);
    const [kernelHeight, kernelWidth] = part.kernel;
    const dims = [channelBlocks, groups, output.channelBlocks, kernelHeight, kernelWidth * block];
    return k.sum(k.reshape(gradient, dims), [1]);
  };

  const bands = bandsOf(output);
  const filters = swapAxes(k, dY, [output.channelBlocks, bands], (height / bands) * width * block, imageBlocks);
  const within = correlate(byChannel, filters, bands, height / bands);
  if (bands === 1 || part.kernel[0] === 1) return within;

  // What the bands miss: rows on both sides of a border between two bands.
  const borders = Array.from({ length: bands - 1 }, (_, i) => ((i + 1) * height) / bands);
  const rows = k.builder.ints(borders.flatMap((row) => [row - 1, row]));
  const takeRows = (value: string, dims: readonly number[]): string =>
    k.builder.op('Gather', [k.reshape(value, dims), rows], { axis: dims.length - 2 });
  const x = takeRows(byChannel, [channelBlocks, imageBlocks, height, padded * block]);
  const dYRows = takeRows(dY, [imageBlocks, output.channelBlocks, height, width * block]);
  const dYBorders = swapAxes(k, dYRows, [output.channelBlocks, bands - 1], 2 * width * block, imageBlocks);
  const across = correlate(x, dYBorders, bands - 1, 2);
  // The kernel row without an offset pairs rows of the same band, which have been counted.
  const mask = Array.from({ length: part.kernel[0] }, (_, row) => (row === top ? 0 : 1));
  const kept = k.builder.constant(float32([mask.length, 1], mask));
  return k.add(within, k.mul(across, kept));
}

/** `[batch, a, b, inner]` to `[batch, b, a, inner]`; nothing moves when a or b is 1. */
function swapAxes(k: BlockedKernels, x: string, [a, b]: readonly [number, number], inner: number, batch = 1): string {
  return a === 1 || b === 1 ? x : k.transpose(k.reshape(x, [batch, a, b, inner]), [0, 2, 1, 3]);
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
  const rows = k.reshape(part.x, [imageBlocks * channels * height, width * blockSize]);
  const wide = k.pad(rows, [0, left * blockSize], [0, right * blockSize]);
  const byPixel = k.transpose(k.reshape(wide, [imageBlocks, channels, height * padded, blockSize]), [0, 2, 1, 3]);
  const gradient = k.convolve(
    k.reshape(byPixel, [1, images, height, padded * channels]),
    k.reshape(dY, [imageBlocks * output.channels, blockSize, output.height, output.width]),
    { kernel: [output.height, output.width], pads: [top, 0, bottom, 0], step: channels, group: imageBlocks },
  );
  return k.sum(k.reshape(gradient, [imageBlocks, output.channels * part.taps.length * channels]), [0]);
}
