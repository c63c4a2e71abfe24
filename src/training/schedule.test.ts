import { describe, expect, it } from 'vitest';
import { learningRate, type Schedule } from './schedule';

describe('learningRate', () => {
  it('falls along a cosine from the rate to the final one', () => {
    const schedule: Schedule = { kind: 'cosine', rate: 0.4, final: 0.1 };
    expect(learningRate(schedule, 0, 10)).toBeCloseTo(0.4, 12);
    expect(learningRate(schedule, 5, 10)).toBeCloseTo(0.25, 12);
    expect(learningRate(schedule, 10, 10)).toBeCloseTo(0.1, 12);
  });

  it('rises linearly during the warm-up and meets the schedule at its end', () => {
    for (const schedule of [
      { kind: 'cosine', rate: 1, warmUpEpochs: 2 },
      { kind: 'constant', rate: 1, warmUpEpochs: 2 },
      { kind: 'step', rate: 1, milestones: [5], factor: 0.1, warmUpEpochs: 2 },
    ] satisfies Schedule[]) {
      expect(learningRate(schedule, 0, 10)).toBe(0);
      expect(learningRate(schedule, 1, 10)).toBeCloseTo(0.5, 12);
      expect(learningRate(schedule, 2, 10)).toBeCloseTo(1, 12);
    }
  });

  it('steps down at each milestone', () => {
    const schedule: Schedule = { kind: 'step', rate: 1, milestones: [2, 4], factor: 0.1 };
    expect([1.99, 2, 3.99, 4].map((at) => learningRate(schedule, at, 6))).toEqual([
      1,
      expect.closeTo(0.1, 12),
      expect.closeTo(0.1, 12),
      expect.closeTo(0.01, 12),
    ]);
  });
});
