import { float32, sizeOf } from '../../tensor/tensor';
import { castTo } from '../../tensor/convert';
import type { Formula } from './formula';
import { matmul } from './matrixProduct';
import { exactEnd, reach, windowAttributes, type Window } from './window';

/** A kernel that slides over one tensor (wide) and makes another (narrow): a convolution, whichever side is the input. */
export interface Sliding {
  readonly window: Window;
  readonly group: number;
  /** `[O, C/g, ...K]` */
  readonly weightDims: readonly number[];
  /** `[N, C, ...S]` */
  readonly wideDims: readonly number[];
  /** `[N, O, ...P]` */
  readonly narrowDims: readonly number[];
}

/** Kernels larger than this, over fewer channels than the next figure, are faster in ConvTranspose than flipped in Conv. */
const smallKernel = 9;
const wideChannels = 16;

/** Gradient of a convolution's input: the convolution's transpose applied to the gradient of its result. */
export function slidingInputGradient(f: Formula, dY: string, w: string, sliding: Sliding): string {
  const { window, group, wideDims, narrowDims } = sliding;
  const end = exactEnd(window, wideDims.slice(2), narrowDims.slice(2));
  const flipped = flippedWindow(sliding, end);
  if (flipped) return f.builder.op('Conv', [dY, flippedWeight(f, w, sliding)], { ...windowAttributes(flipped), group });
  const pads = { ...window, end: end.map((pad) => Math.max(pad, 0)) };
  return f.builder.op('ConvTranspose', [dY, w], {
    ...windowAttributes(pads),
    output_padding: end.map((pad) => Math.max(-pad, 0)),
    group,
  });
}

/** At stride 1 the transpose is itself a convolution, with the kernel flipped; `undefined` where it can't be or is slow. */
function flippedWindow({ window, weightDims }: Sliding, end: readonly number[]): Window | undefined {
  const { kernel, strides, begin } = window;
  const reaches = reach(window);
  if (strides.some((stride) => stride > 1)) return undefined;
  if (sizeOf(kernel) > smallKernel && weightDims[0] < wideChannels) return undefined;
  const pads = {
    begin: reaches.map((size, i) => size - 1 - begin[i]),
    end: reaches.map((size, i) => size - 1 - end[i]),
  };
  return [...pads.begin, ...pads.end].some((pad) => pad < 0) ? undefined : { ...window, ...pads };
}

/** `[O, C/g, ...K]` to `[C, O/g, ...K]`, every kernel reversed. */
function flippedWeight(f: Formula, w: string, { group, weightDims }: Sliding): string {
  const [o, i, ...kernel] = weightDims;
  const spatial = kernel.map((_, axis) => axis);
  const flipped = f.flip(
    w,
    spatial.flatMap((axis) => (kernel[axis] > 1 ? [axis + 2] : [])),
  );
  if (group === 1) return f.transpose(flipped, [1, 0, ...spatial.map((axis) => axis + 2)]);
  if (o === group && i === 1) return flipped;
  const grouped = f.reshape(flipped, [group, o / group, i, ...kernel]);
  const swapped = f.transpose(grouped, [0, 2, 1, ...spatial.map((axis) => axis + 3)]);
  return f.reshape(swapped, [group * i, o / group, ...kernel]);
}

/** Gradient of a convolution's weight, `[O, C/g, ...K]`: per sample `dY` times the patches under it, summed. */
export function slidingWeightGradient(f: Formula, x: string, dY: string, sliding: Sliding): string {
  const { group, weightDims, narrowDims } = sliding;
  const [n, o, ...positions] = narrowDims;
  const [, i, ...kernel] = weightDims;
  const p = sizeOf(positions);
  const rows = i * sizeOf(kernel);
  const columns = patches(f, x, sliding);
  const batch = group === 1 ? [n] : [n, group];
  const product = matmul(f, f.reshape(dY, [...batch, o / group, p]), f.reshape(columns, [...batch, rows, p]), {
    aDims: [...batch, o / group, p],
    bDims: [...batch, rows, p],
    transposeB: true,
  });
  return f.reshape(f.sum(product, [0]), weightDims);
}

/**
 * What lies under the kernel at every position, `[N, C * prod(K), ...P]`: a grouped convolution whose kernels are the unit
 * kernels (im2col). For 1x1 kernels that is the input itself, or every stride-th element of it.
 */
function patches(f: Formula, x: string, { window, wideDims, narrowDims }: Sliding): string {
  const { kernel, strides, begin, end } = window;
  const channels = wideDims[1];
  const taps = sizeOf(kernel);
  if (taps === 1 && [...begin, ...end].every((pad) => pad === 0)) {
    const strided = strides.flatMap((stride, i) => (stride > 1 ? [i] : []));
    return f.slice(
      x,
      strided.map((i) => i + 2),
      strided.map(() => 0),
      strided.map((i) => strides[i] * (narrowDims[i + 2] - 1) + 1),
      strided.map((i) => strides[i]),
    );
  }
  const unit = float32([channels * taps, 1, ...kernel]);
  for (let row = 0; row < channels * taps; row++) unit.data[row * taps + (row % taps)] = 1;
  const weight = f.builder.constant(castTo(unit, f.type));
  return f.builder.op('Conv', [x, weight], { ...windowAttributes(window), group: channels });
}
