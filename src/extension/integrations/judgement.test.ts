import { describe, expect, it } from 'vitest';
import type { Interval, ModelFigures } from '../../protocol/figures';
import { judgeAccuracy, judgeBudget, judgeFaster, type Measured } from './judgement';

function measured(speedup: Interval, latency: Interval = { median: 4, low: 3.9, high: 4.2 }): Measured {
  return { speedup, b: { path: 'b.onnx', latencyMs: latency.median, latency }, noisy: false };
}

describe('whether a model is faster than its source', () => {
  it('is judged by the low end of the interval, which must be above 1.02', () => {
    expect(judgeFaster(measured({ median: 1.1, low: 1.03, high: 1.2 })).passed).toBe(true);
    expect(judgeFaster(measured({ median: 1.1, low: 1.02, high: 1.2 })).passed).toBe(false);
  });

  it('is told with the figures, and that the machine was busy', () => {
    const figures = measured({ median: 1.5, low: 1.01, high: 2 });
    expect(judgeFaster(figures).message).toBe(
      '1.50x as fast as its source, 95 % interval 1.01x to 2.00x. The whole interval must be above 1.02x.',
    );
    expect(judgeFaster({ ...figures, noisy: true }).message).toMatch(/busy/);
  });
});

describe('whether a model is within its latency budget', () => {
  it.each([
    ['0.5x', 2.01, true],
    ['50%', 2, true],
    ['0.5x', 1.99, false],
  ])('of %s at a speed-up of up to %d: %s', (text, high, passed) => {
    expect(judgeBudget(measured({ median: 1.9, low: 1.8, high }), text).passed).toBe(passed);
  });

  it.each([
    ['4ms', true],
    ['3900us', true],
    ['3.8ms', false],
  ])('of %s at 3.9 to 4.2 ms: %s', (text, passed) => {
    expect(judgeBudget(measured({ median: 9, low: 9, high: 9 }), text).passed).toBe(passed);
  });

  it('is told with the figures', () => {
    const figures = measured({ median: 1.9, low: 1.8, high: 1.95 });
    expect(judgeBudget(figures, '0.5x').message).toMatch(/1\.90x .* 1\.80x to 1\.95x\. .*0\.5x needs 2\.00x\.$/);
    expect(judgeBudget(figures, '3ms').message).toMatch(/4\.00 ms, .* 3\.90 ms to 4\.20 ms\. .* 3\.00 ms\.$/);
    expect(judgeBudget(figures, '3')).toEqual({ passed: false, message: 'The latency budget 3 has no unit.' });
  });
});

describe('whether a model is accurate', () => {
  const report = { before: { metric: 90 } as ModelFigures, after: { metric: 89.5 } as ModelFigures };
  const judge = (value: number, maxDrop?: number): boolean =>
    judgeAccuracy({ metric: 'accuracy', value, samples: 1000 }, report, maxDrop).passed;

  it('is judged by the allowed drop from its source', () => {
    expect(judge(89, 1)).toBe(true);
    expect(judge(88.8, 1)).toBe(false);
  });

  it('is judged by the report where no drop was set', () => {
    expect(judge(89.5)).toBe(true);
    expect(judge(89.3)).toBe(false);
  });

  it('is told with the figures', () => {
    expect(judgeAccuracy({ metric: 'psnr', value: 30, samples: 5 }, report, 1).message).toBe(
      '30.00 dB on 5 samples. With the allowed drop it must be at least 89.00 dB.',
    );
  });
});
