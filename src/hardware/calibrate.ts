import { HardwareError } from './errors';

/** A model in one form: what the latency table says of its layers together, and what the whole model takes. */
export interface SumAndWhole {
  readonly sumMs: number;
  readonly wholeMs: number;
}

/** How a model's time follows from the table: overhead + scale * sum of its blocks. */
export interface Calibration {
  /** Time that no layer accounts for: pooling, residual additions, changes of layout, the call itself. */
  readonly overheadMs: number;
  readonly scale: number;
  /** Table sum of the dense model over its measured time: 1 when layers add up. */
  readonly ratio: number;
  /** Largest relative deviation of the calibrated cost from the measured times given; 0 at the dense model. */
  readonly residual: number;
}

/**
 * Fits the table to whole-model times. The dense model is met exactly. With it alone, a whole that takes longer than its
 * parts is given a constant overhead, and one that is faster is scaled; each further form (a compressed one) measured
 * corrects the scale by least squares.
 * Throws a HardwareError when a time is not positive.
 */
export function calibrate(dense: SumAndWhole, others: readonly SumAndWhole[] = []): Calibration {
  for (const { sumMs, wholeMs } of [dense, ...others]) {
    if (!(sumMs > 0 && wholeMs > 0)) {
      throw new HardwareError('A measured time of zero can not calibrate the latency table.', 'Measure again.');
    }
  }
  const largestScale = dense.wholeMs / dense.sumMs;
  let scale = Math.min(1, largestScale);
  let squares = 0;
  let products = 0;
  for (const { sumMs, wholeMs } of others) {
    squares += (sumMs - dense.sumMs) ** 2;
    products += (sumMs - dense.sumMs) * (wholeMs - dense.wholeMs);
  }
  // More blocks never take less time, and no model takes less than its blocks by a constant.
  if (squares > 0 && products > 0) scale = Math.min(products / squares, largestScale);
  const fitted = { overheadMs: dense.wholeMs - scale * dense.sumMs, scale };
  const deviations = others.map(({ sumMs, wholeMs }) => Math.abs(calibratedMs(fitted, sumMs) / wholeMs - 1));
  return { ...fitted, ratio: dense.sumMs / dense.wholeMs, residual: Math.max(0, ...deviations) };
}

/** The time of a whole model whose blocks take so much together. */
export function calibratedMs({ overheadMs, scale }: Pick<Calibration, 'overheadMs' | 'scale'>, sumMs: number): number {
  return overheadMs + scale * sumMs;
}
