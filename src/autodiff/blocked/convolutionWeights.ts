import { filled } from './operators';
import type { BlockedKernels } from './kernels';

export interface WeightSize {
  readonly outputs: number;
  readonly inputs: number;
  readonly kernel: readonly [height: number, width: number];
  readonly blockSize: number;
}

const taps = ({ kernel }: WeightSize): number => kernel[0] * kernel[1];
const outputBlocks = ({ outputs, blockSize }: WeightSize): number => filled(outputs, blockSize) / blockSize;
const inputBlocks = ({ inputs, blockSize }: WeightSize): number => filled(inputs, blockSize) / blockSize;

/** `W: [O, I, kH, kW]` to `[O/B I/B kH kW, B inputs, B outputs]`, filled up with zeros. */
export function packWeights(k: BlockedKernels, weights: string, size: WeightSize): string {
  const { blockSize } = size;
  const inputs = inputBlocks(size) * blockSize;
  const columns = blockOutputs(k, weights, size, inputs);
  const blocks = [outputBlocks(size), inputBlocks(size), blockSize, taps(size), blockSize];
  const ordered = taps(size) === 1 ? columns : k.transpose(k.reshape(columns, blocks), [0, 1, 3, 2, 4]);
  return k.reshape(ordered, [outputBlocks(size) * inputBlocks(size) * taps(size), blockSize, blockSize]);
}

/** `W: [O, I, kH, kW]` to `[O/B, I, kH, kW, B outputs]`, for inputs without channel blocks. */
export function packNarrowWeights(k: BlockedKernels, weights: string, size: WeightSize): string {
  return blockOutputs(k, weights, size, size.inputs);
}

function blockOutputs(k: BlockedKernels, weights: string, size: WeightSize, inputs: number): string {
  const outputs = size.outputs % 4 === 0 ? size.outputs : filled(size.outputs, size.blockSize);
  const flat = k.reshape(weights, [size.outputs, size.inputs, taps(size)]);
  const padded = k.pad(flat, [0, 0, 0], [outputs - size.outputs, inputs - size.inputs, 0]);
  return k.blockChannels(padded, 1, outputs, inputs * taps(size));
}

/** Packed weights with those of each output channel multiplied by its factor, `[O']`. */
export function scaleOutputs(k: BlockedKernels, packed: string, size: WeightSize, factors: string): string {
  const { blockSize } = size;
  const rows = inputBlocks(size) * taps(size) * blockSize;
  const scaled = k.mul(
    k.reshape(packed, [outputBlocks(size), rows, blockSize]),
    k.reshape(factors, [outputBlocks(size), 1, blockSize]),
  );
  return k.reshape(scaled, [outputBlocks(size) * inputBlocks(size) * taps(size), blockSize, blockSize]);
}

/** Chosen taps of packed weights, in the dimensions that name a kernel of that many taps. */
export function pickTaps(
  k: BlockedKernels,
  packed: string,
  size: WeightSize,
  chosen: readonly number[],
  kernel: readonly [number, number],
): string {
  const channels = [outputBlocks(size) * size.blockSize, inputBlocks(size) * size.blockSize];
  const all = chosen.length === taps(size) && chosen.every((tap, i) => tap === i);
  const blocks = all ? packed : k.pick(packed, blockIndices(size, chosen, 'outputsFirst'));
  return k.reshape(blocks, [...channels, ...kernel]);
}

/**
 * The weights of the backward convolution from packed ones: inputs and outputs exchanged, the chosen taps in reverse
 * order.
 */
export function pickBackwardTaps(
  k: BlockedKernels,
  packed: string,
  size: WeightSize,
  chosen: readonly number[],
  kernel: readonly [number, number],
): string {
  const { blockSize } = size;
  const count = outputBlocks(size) * inputBlocks(size) * taps(size);
  const transposed = k.reshape(k.transposeBlocks(packed, count), [count, blockSize, blockSize]);
  const indices = blockIndices(size, [...chosen].reverse(), 'inputsFirst');
  const identical = indices.length === count && indices.every((index, i) => index === i);
  const blocks = identical ? transposed : k.pick(transposed, indices);
  return k.reshape(blocks, [inputBlocks(size) * blockSize, outputBlocks(size) * blockSize, ...kernel]);
}

function blockIndices(size: WeightSize, chosen: readonly number[], order: 'outputsFirst' | 'inputsFirst'): number[] {
  const [outer, inner] =
    order === 'outputsFirst' ? [outputBlocks(size), inputBlocks(size)] : [inputBlocks(size), outputBlocks(size)];
  const indices: number[] = [];
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) {
      const [output, input] = order === 'outputsFirst' ? [i, j] : [j, i];
      for (const tap of chosen) indices.push((output * inputBlocks(size) + input) * taps(size) + tap);
    }
  }
  return indices;
}

/** A gradient `[I/B, O/B, taps, B inputs, B outputs]` to `[O, I, kH, kW]`. */
export function unpackGradient(k: BlockedKernels, gradient: string, size: WeightSize): string {
  const { blockSize } = size;
  const blocks = [inputBlocks(size), outputBlocks(size), taps(size), blockSize, blockSize];
  const ordered = k.transpose(k.reshape(gradient, blocks), [1, 0, 3, 2, 4]);
  return unblockOutputs(k, ordered, size, inputBlocks(size) * blockSize);
}

/** A gradient `[O/B, taps, I, B outputs]` of weights for inputs without channel blocks to `[O, I, kH, kW]`. */
export function unpackNarrowGradient(k: BlockedKernels, gradient: string, size: WeightSize): string {
  const blocks = [outputBlocks(size), taps(size), size.inputs, size.blockSize];
  return unblockOutputs(k, k.transpose(k.reshape(gradient, blocks), [0, 2, 1, 3]), size, size.inputs);
}

function unblockOutputs(k: BlockedKernels, ordered: string, size: WeightSize, inputs: number): string {
  const flat = k.unblockChannels(ordered, 1, size.outputs, inputs * taps(size));
  const cut =
    inputs === size.inputs
      ? flat
      : k.slice(k.reshape(flat, [size.outputs, inputs, taps(size)]), [1], [0], [size.inputs]);
  return k.reshape(cut, [size.outputs, size.inputs, ...size.kernel]);
}
