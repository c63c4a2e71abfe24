import { batchCount, batches, indexBatches } from '../data/batches';
import { sampleSize, type Split } from '../data/dataset';
import type { Tensor } from '../tensor/tensor';
import { augment, type Augmentation } from '../training/augmentation';
import { stepInput } from '../training/objective';
import type { SearchData } from './haloc';

export interface SplitDataOptions {
  readonly batch: number;
  /** Decides the order of the samples and their augmentation. */
  readonly seed: number;
  readonly augmentation?: Augmentation;
  /** An epoch of the search ends after this many samples (rounded down to whole batches); all of them when left out. */
  readonly samplesPerEpoch?: number;
}

/** A split as the data of a search: raw samples and, where there are any, labels. */
export function splitData(split: Split, options: SplitDataOptions): SearchData {
  const { batch, seed, augmentation = {}, samplesPerEpoch = split.length } = options;
  const stepsPerEpoch = batchCount(Math.min(samplesPerEpoch, split.length), { size: batch, dropLast: true });
  return {
    stepsPerEpoch,
    *epoch(epoch, skip) {
      const x = new (split.sample.type === 'uint8' ? Uint8Array : Float32Array)(batch * sampleSize(split.sample));
      const labels = split.classes === undefined ? undefined : new Int32Array(batch);
      let step = skip;
      for (const indices of indexBatches(split.length, { size: batch, dropLast: true, seed, epoch, skip })) {
        if (step++ === stepsPerEpoch) return;
        split.read(indices, x, labels);
        augment({ sample: split.sample, x, indices }, augmentation, seed, epoch);
        yield tensors(split, batch, x, labels);
      }
    },
  };
}

/** Whole batches of the first samples of a split, as they are: what the rise of the loss is measured on. */
export function calibrationBatches(split: Split, batch: number, samples: number): Record<string, Tensor>[] {
  const count = Math.max(1, Math.floor(Math.min(samples, split.length) / batch));
  const made: Record<string, Tensor>[] = [];
  for (const { x, labels } of batches(split, { size: batch, dropLast: true })) {
    made.push(tensors(split, batch, x.slice(), split.classes === undefined ? undefined : labels.slice()));
    if (made.length === count) break;
  }
  return made;
}

function tensors(
  { sample }: Split,
  batch: number,
  x: Uint8Array | Float32Array,
  labels: Int32Array | undefined,
): Record<string, Tensor> {
  return {
    [stepInput.samples]: { type: sample.type, dims: [batch, ...sample.dims], data: x },
    ...(labels && { [stepInput.labels]: { type: 'int32', dims: [batch], data: labels } }),
  };
}
