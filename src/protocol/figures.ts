/** A median with its confidence interval. */
export interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The whole confidence interval of a speed-up must be above this for a model to be called faster. */
export const leastSpeedup = 1.02;

/** How a time came about. A figure is never shown without it. */
export type Origin = 'measured' | 'table' | 'estimated';

/** What a whole model costs and how well it does its task. */
export interface ModelFigures {
  /** Measured, batch 1. */
  readonly latencyMs: number;
  readonly latency: Interval;
  readonly macs: number;
  readonly params: number;
  readonly bytes: number;
  /** Accuracy in percent or PSNR in dB; absent when no data was given. */
  readonly metric?: number;
}

/** One layer before and after. */
export interface LayerFigures {
  readonly name: string;
  readonly op: string;
  readonly status: string;
  readonly reason: string;
  /** Chosen rank; absent when the layer keeps its form. */
  readonly rank?: number;
  readonly fullRank?: number;
  readonly denseMs?: number;
  readonly newMs?: number;
  readonly origin: Origin;
  readonly macsBefore: number;
  readonly macsAfter: number;
  readonly paramsBefore: number;
  readonly paramsAfter: number;
  /** Relative error of the layer's weight before training: ||W - W_r|| / ||W||. */
  readonly error?: number;
}

export interface GateResult {
  readonly name: 'reloads' | 'agrees' | 'faster' | 'accurate';
  readonly passed: boolean;
  readonly detail: string;
}
