import { sampleSize, type Split } from './dataset';
import { DataError } from './errors';
import { perByte, type Preprocessing } from './preprocessing';
import { resample } from './resample';

/** Images made smaller, each with what it was made from: the task of super-resolution. */
export interface PairSplit {
  readonly length: number;
  /** [C, h, w] of the inputs and [C, h * scale, w * scale] of the targets, whatever the layout. */
  readonly inputDims: readonly [channels: number, height: number, width: number];
  readonly targetDims: readonly [channels: number, height: number, width: number];
  /**
   * Reads pairs in the order of `indices`: values 0..1, in the layout of the pairs.
   * @param inputs receives n x C x h x w values
   * @param targets receives n x C x (h * scale) x (w * scale) values
   */
  read(indices: ArrayLike<number>, inputs: Float32Array, targets: Float32Array): void;
}

export interface DegradeOptions {
  readonly layout: Preprocessing['layout'];
  /** How images are made smaller: bicubic (a = -0.5, widened) as the benchmarks of super-resolution, or the mean of areas. */
  readonly filter?: 'bicubic' | 'area';
}

/**
 * Pairs of a low-resolution input and its original from a split of images. Rows and columns at the end that the scale
 * does not divide are left out. Bytes become 0..1; float32 samples are taken to be so already, and inputs are clipped
 * to 0..1.
 * Throws a DataError when the images are smaller than the scale.
 */
export function degradedPairs(split: Split, scale: number, options: DegradeOptions): PairSplit {
  const { sample } = split;
  const [channels, fullHeight, fullWidth] = sample.dims;
  const small = { height: Math.floor(fullHeight / scale), width: Math.floor(fullWidth / scale) };
  const large = { height: small.height * scale, width: small.width * scale };
  if (!Number.isInteger(scale) || scale < 1 || small.height < 1 || small.width < 1) {
    throw new DataError(
      `Images of ${fullHeight}x${fullWidth} can't be made ${scale} times smaller.`,
      'Give larger images or a smaller whole number.',
    );
  }
  const filter = options.filter ?? 'bicubic';
  const raw = new Float32Array(sampleSize(sample));
  const target = new Float32Array(channels * large.height * large.width);
  const factor = sample.type === 'uint8' ? perByte : 1;
  const inputDims = [channels, small.height, small.width] as const;
  const targetDims = [channels, large.height, large.width] as const;
  return {
    length: split.length,
    inputDims,
    targetDims,
    read(indices, inputs, targets) {
      for (let n = 0; n < indices.length; n++) {
        split.read([indices[n]], raw);
        for (let c = 0, to = 0; c < channels; c++) {
          for (let y = 0; y < large.height; y++) {
            const row = (c * fullHeight + y) * fullWidth;
            for (let x = 0; x < large.width; x++) target[to++] = raw[row + x] * factor;
          }
        }
        const input = resample(target, channels, large, small, filter);
        place(input, channels, options.layout, inputs, n, true);
        place(target, channels, options.layout, targets, n, false);
      }
    },
  };
}

/** Writes planes as sample `n` of an array of the given layout. */
function place(
  planes: Float32Array,
  channels: number,
  layout: Preprocessing['layout'],
  out: Float32Array,
  n: number,
  clip: boolean,
): void {
  const plane = planes.length / channels;
  const start = n * planes.length;
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < plane; p++) {
      const value = planes[c * plane + p];
      out[start + (layout === 'NCHW' ? c * plane + p : p * channels + c)] = clip
        ? Math.min(1, Math.max(0, value))
        : value;
    }
  }
}
