import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnSplit } from './columns';
import type { SampleShape, Split } from './dataset';
import {
  commonPreprocessings,
  namedPreprocessing,
  preprocess,
  preprocessedDims,
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

const rgb: SampleShape = { dims: [3, 2, 2], type: 'uint8' };
const names = Object.keys(commonPreprocessings) as PreprocessingName[];

describe('preprocessing', () => {
  it('is (value * scale - mean) / std of each channel, in both layouts', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(255), { minLength: 24, maxLength: 24 }), fc.constantFrom(...names), (bytes, name) => {
        const x = Uint8Array.from(bytes);
        const { scale, mean, std } = namedPreprocessing(name);
        const planes = preprocess(namedPreprocessing(name, 'NCHW'), rgb, x, 2);
        const interleaved = preprocess(namedPreprocessing(name, 'NHWC'), rgb, x, 2);
        for (let n = 0; n < 2; n++)
          for (let c = 0; c < 3; c++)
            for (let p = 0; p < 4; p++) {
              const expected = (x[n * 12 + c * 4 + p] * scale - mean[c % mean.length]) / std[c % std.length];
              expect(planes[n * 12 + c * 4 + p]).toBeCloseTo(expected, 4);
              expect(interleaved[n * 12 + p * 3 + c]).toBe(planes[n * 12 + c * 4 + p]);
            }
      }),
    );
  });

  it('takes the ends of the range to what the names say', () => {
    const ends = (name: PreprocessingName): number[] => [
      ...preprocess(namedPreprocessing(name), { dims: [1, 1, 2], type: 'uint8' }, Uint8Array.of(0, 255), 1),
    ];
    expect(ends('unit')).toEqual([0, 1]);
    expect(ends('symmetric')).toEqual([-1, 1]);
    expect(ends('raw')).toEqual([0, 255]);
  });

  it('resizes first and writes into memory that is given', () => {
    const resized: Preprocessing = { ...namedPreprocessing('raw'), resize: [1, 1] };
    expect(preprocessedDims(resized, rgb)).toEqual([3, 1, 1]);
    expect(preprocessedDims(namedPreprocessing('raw'), rgb)).toEqual([3, 2, 2]);
    const out = new Float32Array(3);
    const result = preprocess(resized, rgb, Uint8Array.of(0, 2, 4, 6, 10, 10, 10, 10, 1, 1, 1, 5), 1, out);
    expect(result).toBe(out);
    expect([...out]).toEqual([3, 10, 2]);
  });

  it('for another number of channels is refused', () => {
    expect(() =>
      preprocess(namedPreprocessing('imagenet'), { dims: [1, 1, 1], type: 'uint8' }, Uint8Array.of(1), 1),
    ).toThrow(/3 values of mean for samples of 1 channels/);
  });

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
    const normalised = preprocess(
      computePreprocessing(twoChannels, 'NCHW'),
      twoChannels.sample,
      Uint8Array.of(51, 153, 7, 7),
      1,
    );
    [-1, 1, 0, 0].forEach((value, i) => expect(normalised[i]).toBeCloseTo(value, 3));
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
