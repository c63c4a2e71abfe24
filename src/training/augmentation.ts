import { sampleSize, type SampleShape } from '../data/dataset';
import { Random } from '../tensor/random';

/** Random changes of training samples that keep their class. */
export interface Augmentation {
  /** Images are moved by up to this many pixels in each direction; what comes in from outside is 0. */
  readonly crop?: number;
  /** Images are mirrored left to right, every other one on average. */
  readonly flip?: boolean;
  /** Samples are mixed with others in shares drawn from Beta(mixup, mixup) (Zhang et al. 2018). */
  readonly mixup?: number;
}

/** Raw samples [n, C, H, W] as a data set gives them. */
export interface SampleBatch {
  readonly sample: SampleShape;
  readonly x: Uint8Array | Float32Array;
  /** Index of each sample in its data set: with seed and epoch it decides what happens to the sample. */
  readonly indices: ArrayLike<number>;
}

/**
 * Moves and mirrors the samples of a batch, in place. What happens to a sample depends on the seed, the epoch and its
 * index alone, not on the batch it is in or on what came before.
 */
export function augment(
  batch: SampleBatch,
  { crop = 0, flip = false }: Augmentation,
  seed: number,
  epoch: number,
): void {
  if (crop === 0 && !flip) return;
  const { sample, x, indices } = batch;
  const size = sampleSize(sample);
  const base = Random.of(seed).split('augmentation').split(epoch);
  const before = x.slice(0, size);
  for (let n = 0; n < indices.length; n++) {
    const random = base.split(indices[n]);
    const down = random.integer(2 * crop + 1) - crop;
    const right = random.integer(2 * crop + 1) - crop;
    const mirrored = flip && random.integer(2) === 1;
    if (down === 0 && right === 0 && !mirrored) continue;
    const image = x.subarray(n * size, (n + 1) * size);
    before.set(image as Uint8Array);
    moveImage(before, image, sample, down, right, mirrored);
  }
}

/** to[c, y, x] = from[c, y + down, x' + right] with x' mirrored or not; 0 outside. */
function moveImage(
  from: Uint8Array | Float32Array,
  to: Uint8Array | Float32Array,
  { dims: [channels, height, width] }: SampleShape,
  down: number,
  right: number,
  mirrored: boolean,
): void {
  to.fill(0);
  for (let c = 0; c < channels; c++) {
    for (let y = Math.max(0, -down); y < Math.min(height, height - down); y++) {
      const source = (c * height + y + down) * width + right;
      const target = (c * height + y) * width;
      for (let x = Math.max(0, -right); x < Math.min(width, width - right); x++) {
        to[target + (mirrored ? width - 1 - x : x)] = from[source + x];
      }
    }
  }
}

/** Which samples were mixed: sample n keeps `shares[n]` of itself and has the rest from the sample labelled `mixedLabels[n]`. */
export interface Mixture {
  readonly mixedLabels: Int32Array;
  readonly shares: Float32Array;
}

/**
 * Mixes each sample with the next of the batch (the last with the first), in place. Batches are shuffled, so the next
 * sample is any other; the share depends on the seed, the epoch and the sample's index. Bytes are rounded.
 */
export function mixup(batch: SampleBatch, labels: Int32Array, alpha: number, seed: number, epoch: number): Mixture {
  const { x, indices, sample } = batch;
  const n = indices.length;
  const size = sampleSize(sample);
  const base = Random.of(seed).split('mixup').split(epoch);
  const shares = Float32Array.from({ length: n }, (_, i) => symmetricBeta(base.split(indices[i]), alpha));
  const mixedLabels = Int32Array.from({ length: n }, (_, i) => labels[(i + 1) % n]);
  const round = x instanceof Uint8Array ? 0.5 : 0;
  const first = x.slice(0, size);
  for (let i = 0; i < n; i++) {
    const own = x.subarray(i * size, (i + 1) * size);
    const other = i + 1 < n ? x.subarray((i + 1) * size, (i + 2) * size) : first;
    const share = shares[i];
    for (let j = 0; j < size; j++) own[j] = share * own[j] + (1 - share) * other[j] + round;
  }
  return { mixedLabels, shares };
}

/** A number of Beta(alpha, alpha) by Jöhnk's rejection method. */
function symmetricBeta(random: Random, alpha: number): number {
  for (;;) {
    const a = random.uniform() ** (1 / alpha);
    const b = random.uniform() ** (1 / alpha);
    // Both underflow to 0 now and then when alpha is small.
    if (a + b <= 1 && a + b > 0) return a / (a + b);
  }
}
