import { sampleSize, type Split } from '../data/dataset';
import type { Preprocessing } from '../data/preprocessing';
import { TrainingError } from './errors';

/** Gathers how well a model does, batch by batch. */
export interface Score {
  readonly metric: 'accuracy' | 'psnr';
  /** `result.values` holds the model's output for `n` samples, `result.target` the wanted one in the same order. */
  add(
    result: { readonly values: ArrayLike<number>; readonly target: ArrayLike<number> | undefined },
    labels: Int32Array,
    n: number,
  ): void;
  value(): number;
}

/** Percent of samples whose largest output is that of their label. Throws a TrainingError when there are no labels. */
export function accuracyScore(split: Split): Score {
  if (split.classes === undefined) {
    throw new TrainingError('The data set has no labels to compare a classifier with.', 'Choose one with labels.');
  }
  let correct = 0;
  let count = 0;
  return {
    metric: 'accuracy',
    add({ values }, labels, n) {
      const classes = values.length / n;
      for (let i = 0; i < n; i++) if (largest(values, i * classes, classes) === labels[i]) correct++;
      count += n;
    },
    value: () => (100 * correct) / count,
  };
}

/**
 * Peak signal-to-noise ratio in dB, 10 log10(peak^2 / mse), of the mean squared error over all samples. Outputs are
 * taken back to the units of the scaled samples and clipped to their range, as saving an image does.
 */
export function psnrScore(split: Split, { scale, mean, std, layout }: Preprocessing): Score {
  const [channels] = split.sample.dims;
  const peak = (split.sample.type === 'uint8' ? 255 : 1) * scale;
  const at = (list: readonly number[], c: number): number => list[list.length === 1 ? 0 : c];
  let sum = 0;
  let count = 0;
  return {
    metric: 'psnr',
    add({ values, target }, _labels, n) {
      if (!target || target.length !== values.length) {
        throw new TrainingError(
          `The model's output has ${values.length / n} values per sample and the wanted one ${sampleSize(split.sample)}.`,
          'Choose the factor by which the model enlarges images.',
        );
      }
      const plane = values.length / n / channels;
      for (let i = 0; i < values.length; i++) {
        const c = layout === 'NHWC' ? i % channels : Math.floor(i / plane) % channels;
        const unit = (value: number): number => value * at(std, c) + at(mean, c);
        const difference = Math.min(peak, Math.max(0, unit(values[i]))) - unit(target[i]);
        sum += difference * difference;
      }
      count += values.length;
    },
    value: () => 10 * Math.log10((peak * peak) / (sum / count)),
  };
}

function largest(values: ArrayLike<number>, from: number, count: number): number {
  let best = 0;
  for (let k = 1; k < count; k++) if (values[from + k] > values[from + best]) best = k;
  return best;
}
