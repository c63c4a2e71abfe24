import { sampleSize, type Split } from './dataset';
import {
  commonPreprocessings,
  namedPreprocessing,
  perByte,
  type Preprocessing,
  type PreprocessingName,
} from './preprocessing';

export interface NamedPreprocessing {
  /** A name of `commonPreprocessings`, or `computed` for the statistics of the data set. */
  readonly name: PreprocessingName | 'computed';
  readonly preprocessing: Preprocessing;
}

/** Samples whose values give mean and standard deviation: some tenth of a percent exact for images. */
const statisticsSamples = 5000;

/**
 * A preprocessing that gives every channel of the split mean 0 and standard deviation 1. Bytes are taken to 0..1 first.
 * The statistics come from up to 5,000 samples, evenly spread over the split.
 */
export function computePreprocessing(split: Split, layout: Preprocessing['layout']): Preprocessing {
  const { sample, length } = split;
  const [channels, height, width] = sample.dims;
  const plane = height * width;
  const count = Math.min(length, statisticsSamples);
  const scale = sample.type === 'uint8' ? perByte : 1;
  const values = new Float32Array(sampleSize(sample));
  const sum = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let i = 0; i < count; i++) {
    split.read([Math.floor((i * length) / count)], values);
    for (let c = 0; c < channels; c++) {
      for (let p = c * plane; p < (c + 1) * plane; p++) {
        const value = values[p] * scale;
        sum[c] += value;
        squares[c] += value * value;
      }
    }
  }
  const mean = Array.from(sum, (total) => total / (count * plane));
  const std = Array.from(squares, (total, c) => Math.sqrt(Math.max(0, total / (count * plane) - mean[c] ** 2)));
  // A constant channel has no deviation to divide by.
  return { layout, scale, mean, std: std.map((deviation) => deviation || 1) };
}

/** The common preprocessings that fit the split's channels, and the one of its own statistics. */
export function preprocessingCandidates(split: Split, layout: Preprocessing['layout']): NamedPreprocessing[] {
  const channels = split.sample.dims[0];
  const names = (Object.keys(commonPreprocessings) as PreprocessingName[]).filter((name) => {
    const { length } = commonPreprocessings[name].mean;
    return length === 1 || length === channels;
  });
  return [
    ...names.map((name) => ({ name, preprocessing: namedPreprocessing(name, layout) })),
    { name: 'computed', preprocessing: computePreprocessing(split, layout) },
  ];
}

export interface PreprocessingTrial extends NamedPreprocessing {
  readonly accuracy: number;
}

export interface PreprocessingProposal {
  /**
   * The candidate with the highest accuracy; the first of those that come within a point of it. Left out when even that
   * is no better than chance.
   */
  readonly best?: PreprocessingTrial;
  readonly tried: readonly PreprocessingTrial[];
}

/** Of what lies between chance and certainty, an accuracy below this share tells no more than chance. */
const clearShare = 0.1;

/**
 * Accuracies this close say nothing about which is right: on some hundred samples, the statistics of ImageNet and of
 * CIFAR-10 are that close for a network that was trained with either. Then the more common one, listed first, is taken.
 */
const tie = 0.01;

/**
 * Whether a classifier does no better than guessing.
 * @param accuracy share of right answers, 0..1
 * @param chance accuracy of guessing: 1 / classes where classes are equally frequent
 */
export function isAtChance(accuracy: number, chance: number): boolean {
  return accuracy - chance < clearShare * (1 - chance);
}

/**
 * Finds the preprocessing a model was trained with, by trying: what a user can't know of a model from elsewhere. To be
 * called when accuracy is at chance level. The model is evaluated once for every candidate, one after the other.
 */
export async function proposePreprocessing(
  evaluateAccuracy: (preprocessing: Preprocessing) => Promise<number>,
  candidates: readonly NamedPreprocessing[],
  chance: number,
): Promise<PreprocessingProposal> {
  const tried: PreprocessingTrial[] = [];
  for (const candidate of candidates) {
    tried.push({ ...candidate, accuracy: await evaluateAccuracy(candidate.preprocessing) });
  }
  const highest = Math.max(...tried.map((trial) => trial.accuracy));
  const best = tried.find((trial) => trial.accuracy >= highest - tie);
  return { tried, ...(best && !isAtChance(highest, chance) && { best }) };
}
