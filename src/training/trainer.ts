import type { Model } from '../onnx/model';
import type { Tensor } from '../tensor/tensor';
import type { Snapshot } from './snapshot';
import type { TrainingGraph, TrainingSpec } from './trainingGraph';

export interface TrainingOptions {
  readonly threads?: number;
  /** Steps computed in one run of the runtime, or the largest number that keeps a run short. */
  readonly stepsPerRun?: number | 'auto';
}

/** What one step is fed. */
export interface StepFeeds {
  /** By step input name (see `stepInput`). The arrays must not change until the step is done. */
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** Learning rate of each group. */
  readonly rates: Readonly<Record<string, number>>;
  /** Groups that stay idle in this step: neither their parameters nor their moments change. */
  readonly idle?: readonly string[];
}

/** Scalar results of a step by metric name; `loss` is always there. */
export type StepMetrics = Readonly<Record<string, number>>;

/** A training in progress: a step graph with its state. */
export interface TrainingSessionShape {
  readonly graph: TrainingGraph;
  /** Steps done since the start, those before a restored snapshot included. */
  readonly stepsDone: number;
  /** One step. Throws a DivergedError, the state kept, when the loss is not finite. */
  step(feeds: StepFeeds): Promise<StepMetrics>;
  /** Several steps, as many of them as is sensible in one run; stops between runs when `signal` is aborted. */
  steps(feeds: readonly StepFeeds[], signal?: AbortSignal): Promise<StepMetrics[]>;
  /** Present values of the trained parameters and of the running statistics, by weight name; copies. */
  weights(): Map<string, Tensor<Float32Array>>;
  /** A copy of `model` with the present weights, in the element types the model stores them in. */
  exportWeights(model: Model): Model;
  snapshot(): Snapshot;
  restore(snapshot: Snapshot): void;
  dispose(): Promise<void>;
}
export type CreateTrainingSession = (spec: TrainingSpec, options?: TrainingOptions) => Promise<TrainingSessionShape>;
