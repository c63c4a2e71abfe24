import { describe, expect, it } from 'vitest';
import type { Split } from '../data/dataset';
import { stepInput } from '../training/objective';
import { calibrationBatches, splitData } from './splitData';

/** Sample i is a 1 x 2 x 2 image of the value i, its label i modulo 3. */
function numbered(length: number, labelled = true): Split {
  return {
    length,
    sample: { dims: [1, 2, 2], type: 'uint8' },
    ...(labelled && { classes: 3 }),
    read(indices, x, labels) {
      for (let n = 0; n < indices.length; n++) {
        x.fill(indices[n], 4 * n, 4 * n + 4);
        if (labels) labels[n] = indices[n] % 3;
      }
    },
  };
}

/** The samples of each step, by their number; the arrays are used again. */
function samplesOf(split: Split, epoch: number, skip: number, samplesPerEpoch?: number): number[][] {
  const data = splitData(split, { batch: 4, seed: 9, samplesPerEpoch });
  const steps: number[][] = [];
  for (const step of data.epoch(epoch, skip)) {
    const x = step[stepInput.samples].data as Uint8Array;
    steps.push([0, 1, 2, 3].map((n) => x[4 * n]));
    const labels = step[stepInput.labels]?.data;
    if (labels) expect([...(labels as Int32Array)]).toEqual(steps[steps.length - 1].map((i) => i % 3));
  }
  return steps;
}

describe('splitData', () => {
  it('gives every sample once an epoch, in an order of the seed and the epoch, in whole batches', () => {
    const first = samplesOf(numbered(18), 0, 0);
    expect(first).toHaveLength(4);
    expect(new Set(first.flat()).size).toBe(16);
    expect(samplesOf(numbered(18), 0, 0)).toEqual(first);
    expect(samplesOf(numbered(18), 1, 0)).not.toEqual(first);
  });

  it('goes on where an epoch was left', () => {
    expect(samplesOf(numbered(18), 2, 1)).toEqual(samplesOf(numbered(18), 2, 0).slice(1));
    expect(samplesOf(numbered(18), 2, 1, 8)).toEqual(samplesOf(numbered(18), 2, 0).slice(1, 2));
  });

  it('can end an epoch early', () => {
    expect(splitData(numbered(18), { batch: 4, seed: 9, samplesPerEpoch: 11 }).stepsPerEpoch).toBe(2);
    expect(samplesOf(numbered(18), 0, 0, 11)).toEqual(samplesOf(numbered(18), 0, 0).slice(0, 2));
  });

  it('does without labels where there are none', () => {
    const [step] = splitData(numbered(8, false), { batch: 4, seed: 1 }).epoch(0, 0);
    expect(Object.keys(step)).toEqual([stepInput.samples]);
  });
});

describe('calibrationBatches', () => {
  it('are whole batches of the first samples, each with arrays of its own', () => {
    const made = calibrationBatches(numbered(18), 4, 10);
    expect(made.map((step) => [...(step[stepInput.samples].data as Uint8Array)].filter((_, i) => i % 4 === 0))).toEqual(
      [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
      ],
    );
    expect(made.map((step) => [...(step[stepInput.labels].data as Int32Array)])).toEqual([
      [0, 1, 2, 0],
      [1, 2, 0, 1],
    ]);
  });
});
