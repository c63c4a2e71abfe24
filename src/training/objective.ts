import type { ValueShape } from '../autodiff/rule';
import type { GraphBuilder } from '../onnx/graphBuilder';
import type { Model } from '../onnx/model';
import type { ElementType } from '../tensor/tensor';

/** Something a training step must be fed besides what the model itself reads. */
export interface StepInput {
  readonly name: string;
  readonly type: ElementType;
  /** Dimensions for one step. */
  readonly dims: readonly number[];
}

/** Names of the step inputs that Layerwise itself makes; the prefix keeps them apart from names in models. */
export const stepInput = {
  /** Samples as the data set holds them, [N, C, H, W]; present when the preprocessing is part of the step. */
  samples: 'train:samples',
  /** Class of each sample, int32 [N]. */
  labels: 'train:labels',
  /** Class of the sample each sample was mixed with, int32 [N]. */
  mixedLabels: 'train:mixedLabels',
  /** Share of each sample's own class, float32 [N]; the rest belongs to `mixedLabels`. */
  shares: 'train:shares',
  /** Probability of each class, float32 [N, classes]. */
  probabilities: 'train:probabilities',
  /** Wanted output of the model, in its shape. */
  target: 'train:target',
  /** What the values that a Dropout node computes are multiplied by; a session makes these itself. */
  dropout: (value: string): string => `train:dropout/${value}`,
  rate: (group: string): string => `train:rate/${group}`,
  gate: (group: string): string => `train:gate/${group}`,
} as const;

/** A model that is not trained and is computed in the same graph on the same input. */
export interface FrozenCopy {
  has(name: string): boolean;
  /** The name that a value of the frozen model has in the training graph. Throws when it has no such value. */
  value(name: string): string;
}

/** What an objective sees of the forward graph it appends its loss to. */
export interface ObjectiveContext {
  /** Appends nodes to the forward graph, in operator set `buildOpset`. */
  readonly builder: GraphBuilder;
  /** Samples in a step. */
  readonly batch: number;
  /** The model's outputs. */
  readonly outputs: readonly string[];
  /** Shape of a value of the forward model (not of what objectives append). Throws a TrainingError when there is none. */
  shape(value: string): ValueShape;
  /** Declares a step input; several objectives may declare the same one. Returns its name. */
  input(input: StepInput): string;
  /** Reports the scalar float32 `value` with every step under `name`. */
  metric(name: string, value: string): void;
  /**
   * Puts a frozen copy of a model into the graph, in inference form and reading the same inputs; a model that several
   * objectives ask for is put there once.
   * @param samples it is computed for the first so many of the batch; for all by default
   */
  frozen(model: Model, samples?: number): FrozenCopy;
}

/** What is minimised: appends a scalar float32 loss to a forward graph. */
export interface Objective {
  /** Returns the name of the scalar loss. */
  append(context: ObjectiveContext): string;
}

/** The value named, or the model's first output. */
export function outputOf(context: ObjectiveContext, name: string | undefined): string {
  return name ?? context.outputs[0];
}
