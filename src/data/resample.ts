/** Resizing of planes with a separable filter that is widened when an image is reduced, so that nothing aliases. */

export type ResampleFilter = 'area' | 'bilinear' | 'bicubic';

interface Kernel {
  /** Half of its width, in pixels of the coarser image. */
  readonly support: number;
  weight(distance: number): number;
}

/** Keys' cubic with a = -0.5 (IEEE Trans. ASSP 29, 1981, eq. 15), as Pillow and MATLAB's imresize use it. */
const keys = -0.5;

const kernels: Readonly<Record<ResampleFilter, Kernel>> = {
  area: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    support: 2,
    weight: (signed) => {
      const x = Math.abs(signed);
      if (x < 1) return ((keys + 2) * x - (keys + 3)) * x * x + 1;
      if (x < 2) return (((x - 5) * x + 8) * x - 4) * keys;
      return 0;
    },
  },
};

/** For every output position: the first input position and the weights from there on. */
type Taps = readonly { readonly first: number; readonly weights: Float64Array }[];

const cache = new Map<string, Taps>();

/** More than a batch of equally large images needs; a folder with images of all sizes must not fill the memory. */
const cachedTaps = 64;

/** Taps along one axis: output centres (i + 0.5) * from / to, borders left out and the rest normalised. */
function tapsOf(from: number, to: number, filter: ResampleFilter): Taps {
  const key = `${from} ${to} ${filter}`;
  const known = cache.get(key);
  if (known) return known;
  const kernel = kernels[filter];
  const ratio = from / to;
  const widening = Math.max(1, ratio);
  const reach = kernel.support * widening;
  const taps = Array.from({ length: to }, (_, i) => {
    const center = (i + 0.5) * ratio;
    const first = Math.max(0, Math.floor(center - reach + 0.5));
    const end = Math.min(from, Math.floor(center + reach + 0.5));
    const weights = Float64Array.from({ length: Math.max(1, end - first) }, (_, k) =>
      kernel.weight((first + k + 0.5 - center) / widening),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
  if (cache.size >= cachedTaps) cache.clear();
  cache.set(key, taps);
  return taps;
}

export interface PlaneSize {
  readonly height: number;
  readonly width: number;
}

/**
 * Resizes planes [C, H, W] to [C, H', W']. The result is not rounded; cubic results can pass the range of the source.
 */
export function resample(
  planes: ArrayLike<number>,
  channels: number,
  from: PlaneSize,
  to: PlaneSize,
  filter: ResampleFilter,
): Float32Array {
  const across = tapsOf(from.width, to.width, filter);
  const down = tapsOf(from.height, to.height, filter);
  const rows = new Float64Array(from.height * to.width);
  const result = new Float32Array(channels * to.height * to.width);
  for (let c = 0; c < channels; c++) {
    const start = c * from.height * from.width;
    for (let y = 0; y < from.height; y++) {
      for (let x = 0; x < to.width; x++) {
        const { first, weights } = across[x];
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k] * planes[start + y * from.width + first + k];
        rows[y * to.width + x] = sum;
      }
    }
    for (let y = 0; y < to.height; y++) {
      const { first, weights } = down[y];
      for (let x = 0; x < to.width; x++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += weights[k] * rows[(first + k) * to.width + x];
        result[(c * to.height + y) * to.width + x] = sum;
      }
    }
  }
  return result;
}
