import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrate, calibratedMs } from './calibrate';
import { HardwareError } from './errors';

const ms = fc.double({ min: 0.01, max: 100, noNaN: true });

describe('calibrate', () => {
  it('meets the dense model exactly and never costs less than nothing', () => {
    const pair = fc.record({ sumMs: ms, wholeMs: ms });
    fc.assert(
      fc.property(pair, fc.array(pair, { maxLength: 4 }), (dense, others) => {
        const calibration = calibrate(dense, others);
        expect(calibratedMs(calibration, dense.sumMs) / dense.wholeMs).toBeCloseTo(1, 9);
        expect(calibration.scale).toBeGreaterThan(0);
        expect(calibration.overheadMs).toBeGreaterThanOrEqual(-1e-9);
        expect(calibration.residual).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('gives what layers do not explain to the overhead, and scales parts that overlap', () => {
    expect(calibrate({ sumMs: 8, wholeMs: 10 })).toEqual({ overheadMs: 2, scale: 1, ratio: 0.8, residual: 0 });
    expect(calibrate({ sumMs: 12, wholeMs: 9 })).toMatchObject({ overheadMs: 0, scale: 0.75 });
  });

  it('recovers a planted overhead and scale from compressed forms', () => {
    const at = (sumMs: number): { sumMs: number; wholeMs: number } => ({ sumMs, wholeMs: 1.5 + 0.8 * sumMs });
    const calibration = calibrate(at(10), [at(6), at(3)]);
    expect(calibration.overheadMs).toBeCloseTo(1.5, 9);
    expect(calibration.scale).toBeCloseTo(0.8, 9);
    expect(calibration.residual).toBeLessThan(1e-9);
  });

  it('reports how far measured forms are from the fit', () => {
    const { residual } = calibrate({ sumMs: 10, wholeMs: 10 }, [
      { sumMs: 5, wholeMs: 5 },
      { sumMs: 4, wholeMs: 8 },
    ]);
    expect(residual).toBeGreaterThan(0.2);
  });

  it('refuses times of zero', () => {
    expect(() => calibrate({ sumMs: 0, wholeMs: 1 })).toThrow(HardwareError);
  });
});
