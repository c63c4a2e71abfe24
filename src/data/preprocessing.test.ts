import { describe, expect, it } from 'vitest';
import { columnSplit } from './columns';
import type { Split } from './dataset';
import {
  commonPreprocessings,
  namedPreprocessing,
  preprocessingSchema,
  type Preprocessing,
  type PreprocessingName,
} from './preprocessing';
import {
  computePreprocessing,
  isAtChance,
  preprocessingCandidates,
  proposePreprocessing,
} from './preprocessingProposal';

const names = Object.keys(commonPreprocessings) as PreprocessingName[];

describe('preprocessing', () => {
  it('is kept in settings as it is, and impossible ones are refused', () => {
    for (const name of names) {
      const settings = { ...namedPreprocessing(name, 'NHWC'), resize: [32, 48] };
      expect(preprocessingSchema.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings);
    }
    for (const change of [
      { std: [0] },
      { mean: [] },
      { scale: -1 },
      { layout: 'CHW' },
      { resize: [0, 3] },
      { other: 1 },
    ])
      expect(preprocessingSchema.safeParse({ ...namedPreprocessing('unit'), ...change }).success).toBe(false);
  });
});

/** Two channels: the first alternates between 51 and 153, the second is constant. */
const twoChannels: Split = columnSplit({
  path: 'memory',
  dims: [2, 1, 2],
  samples: {
    length: 100,
    width: 4,
    type: 'uint8',
    read: (_, target, at) => target.set([51, 153, 7, 7], at),
  },
});

describe('the statistics of a split', () => {
  it('give every channel mean 0 and deviation 1', () => {
    const { mean, std, scale } = computePreprocessing(twoChannels, 'NCHW');
    expect(scale).toBe(1 / 255);
    expect(mean[0]).toBeCloseTo(0.4, 6);
    expect(std[0]).toBeCloseTo(0.2, 6);
    expect(mean[1]).toBeCloseTo(7 / 255, 6);
  });
});

describe('the proposal of a preprocessing', () => {
  it('tries only what fits the channels', () => {
    const fitting = preprocessingCandidates(twoChannels, 'NHWC');
    expect(fitting.map((candidate) => candidate.name)).toEqual(['unit', 'symmetric', 'raw', 'computed']);
    expect(fitting.every((candidate) => candidate.preprocessing.layout === 'NHWC')).toBe(true);
  });

  const candidates = names.map((name) => ({ name, preprocessing: namedPreprocessing(name) }));

  it('is the candidate with the best accuracy, when that is better than chance', async () => {
    const right = namedPreprocessing('imagenet');
    const evaluate = (p: Preprocessing): Promise<number> =>
      Promise.resolve(JSON.stringify(p) === JSON.stringify(right) ? 0.9 : p.scale === 1 ? 0.1 : 0.5);
    const { best, tried } = await proposePreprocessing(evaluate, candidates, 0.1);
    expect(best).toEqual({ name: 'imagenet', preprocessing: right, accuracy: 0.9 });
    expect(tried.map((trial) => trial.accuracy)).toEqual([0.5, 0.9, 0.5, 0.5, 0.1]);
  });

  it('is the more common one of those that are as good', async () => {
    const accuracies = [0.4, 0.91, 0.916, 0.84, 0.1];
    let next = 0;
    const { best } = await proposePreprocessing(() => Promise.resolve(accuracies[next++]), candidates, 0.1);
    expect(best).toMatchObject({ name: 'imagenet', accuracy: 0.91 });
  });

  it('is none when nothing is better than chance', async () => {
    const { best, tried } = await proposePreprocessing(() => Promise.resolve(0.13), candidates, 0.1);
    expect(best).toBeUndefined();
    expect(tried).toHaveLength(candidates.length);
  });

  it('takes for chance what lies near it, for two classes and for a thousand', () => {
    expect([isAtChance(0.5, 0.5), isAtChance(0.54, 0.5), isAtChance(0.56, 0.5)]).toEqual([true, true, false]);
    expect([isAtChance(0.001, 0.001), isAtChance(0.2, 0.001)]).toEqual([true, false]);
  });
});
