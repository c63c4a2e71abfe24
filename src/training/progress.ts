import type { Evaluation } from './evaluate';
import type { LoopState } from './loopState';
import { correctMetric } from './objectives/crossEntropy';
import type { StepMetrics } from './trainer';

/** What a training tells while it goes on. */
export type TrainingEvent =
  | {
      readonly kind: 'step';
      readonly epoch: number;
      /** Steps done of the epoch. */
      readonly step: number;
      readonly stepsPerEpoch: number;
      readonly epochs: number;
      /** Of the last step. */
      readonly loss: number;
      /** Percent of the training samples of this epoch so far; classifiers only. */
      readonly accuracy?: number;
      readonly rates: Readonly<Record<string, number>>;
      readonly samplesPerSecond: number;
      readonly etaMs: number;
    }
  | {
      readonly kind: 'epoch';
      /** The epoch that ended, from 0. */
      readonly epoch: number;
      readonly epochs: number;
      /** Mean over the epoch. */
      readonly loss: number;
      readonly accuracy?: number;
      readonly evaluation?: Evaluation;
    };

/** Weight of the newest time in the moving average of the time of a step. */
const smoothing = 0.2;

/** Turns what a loop does into events with speed and remaining time. */
export class Progress {
  private last = performance.now();
  private stepMs: number | undefined;
  private evaluationMs = 0;
  private classifies = false;

  constructor(
    private readonly epochs: number,
    private readonly stepsPerEpoch: number,
    private readonly batch: number,
    private readonly listen: ((event: TrainingEvent) => void) | undefined,
  ) {}

  steps(state: LoopState, metrics: readonly StepMetrics[], rates: Readonly<Record<string, number>>): void {
    const perStep = this.elapsed() / metrics.length;
    this.stepMs = this.stepMs === undefined ? perStep : this.stepMs + smoothing * (perStep - this.stepMs);
    this.classifies = correctMetric in metrics[0];
    const stepsLeft = (this.epochs - state.epoch) * this.stepsPerEpoch - state.step;
    this.listen?.({
      kind: 'step',
      epoch: state.epoch,
      step: state.step,
      stepsPerEpoch: this.stepsPerEpoch,
      epochs: this.epochs,
      loss: metrics[metrics.length - 1].loss,
      ...this.accuracy(state),
      rates,
      samplesPerSecond: (1000 * this.batch) / this.stepMs,
      etaMs: stepsLeft * this.stepMs + (this.epochs - state.epoch) * this.evaluationMs,
    });
  }

  /** To be called after the evaluation. */
  epoch(state: LoopState, evaluation: Evaluation | undefined): void {
    this.evaluationMs = this.elapsed();
    const { loss, steps } = state.totals;
    this.listen?.({
      kind: 'epoch',
      epoch: state.epoch,
      epochs: this.epochs,
      loss: loss / steps,
      ...this.accuracy(state),
      evaluation,
    });
  }

  private accuracy({ totals }: LoopState): { accuracy?: number } {
    return this.classifies ? { accuracy: (100 * totals.correct) / (totals.steps * this.batch) } : {};
  }

  private elapsed(): number {
    const now = performance.now();
    const elapsed = now - this.last;
    this.last = now;
    return elapsed;
  }
}
