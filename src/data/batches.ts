import { sampleSize, type Split } from './dataset';
import { shuffledOrder } from './shuffle';

export interface BatchOptions {
  /** Samples in a batch. */
  readonly size: number;
  /** Orders the samples by this seed and the epoch; in the order of the split when it is left out. */
  readonly seed?: number;
  readonly epoch?: number;
  /** Leave out the last batch when it is not full. */
  readonly dropLast?: boolean;
  /** Number of batches to pass over, when an epoch is taken up again. */
  readonly skip?: number;
}

/** Number of batches that `indexBatches` gives in an epoch, those passed over included. */
export function batchCount(length: number, { size, dropLast = false }: BatchOptions): number {
  return dropLast ? Math.floor(length / size) : Math.ceil(length / size);
}

/** The batches of one epoch as sample indices: every sample once (but for a dropped last batch). */
export function* indexBatches(length: number, options: BatchOptions): Generator<Uint32Array> {
  const { size, seed, epoch = 0, skip = 0 } = options;
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`A batch of ${size} samples can't be made.`);
  const order = seed === undefined ? Uint32Array.from({ length }, (_, i) => i) : shuffledOrder(length, seed, epoch);
  const count = batchCount(length, options);
  for (let i = skip; i < count; i++) yield order.subarray(i * size, Math.min((i + 1) * size, length));
}

/** Samples as they were read. The arrays are used again for the next batch of the same source. */
export interface Batch {
  readonly indices: Uint32Array;
  /** [n, C, H, W], raw values. */
  readonly x: Uint8Array | Float32Array;
  /** [n]; empty when the split has no labels. */
  readonly labels: Int32Array;
}

/** Reads the batches of one epoch, all into the same memory: take what is needed before asking for the next. */
export function* batches(split: Split, options: BatchOptions): Generator<Batch> {
  const values = sampleSize(split.sample);
  const x = new (split.sample.type === 'uint8' ? Uint8Array : Float32Array)(options.size * values);
  const labels = new Int32Array(split.classes === undefined ? 0 : options.size);
  for (const indices of indexBatches(split.length, options)) {
    const n = indices.length;
    split.read(indices, x, split.classes === undefined ? undefined : labels);
    yield { indices, x: x.subarray(0, n * values), labels: labels.subarray(0, n) };
  }
}
