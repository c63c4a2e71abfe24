import type { RuleTable } from '../autodiff/rule';
import type { SampleShape } from '../data/dataset';
import type { Preprocessing } from '../data/preprocessing';
import type { Model } from '../onnx/model';
import type { Objective, StepInput } from './objective';
import type { ParameterGroup } from './optimizer';
import type { StateSlot } from './stateLayout';

/** Samples as a data set holds them, and how they become what the model takes. */
export interface DataInput {
  readonly sample: SampleShape;
  readonly preprocessing: Preprocessing;
  /** The model's input that takes them; its first when left out. */
  readonly input?: string;
  /**
   * For models that enlarge images: the sample is the wanted output (value `enlargedTarget`), and the model's input is
   * the sample made this many times smaller.
   */
  readonly shrink?: number;
}

/** Everything that decides what a training step computes. */
export interface TrainingSpec {
  /** The forward model; it is not changed. */
  readonly model: Model;
  /** Samples in a step. */
  readonly batch: number;
  /** Lets a step take raw samples under `stepInput.samples`; without it the model's inputs are fed as they are. */
  readonly data?: DataInput;
  /** Dimensions of model inputs that the model leaves open and `data` does not give; a single open one is the batch. */
  readonly inputDims?: Readonly<Record<string, readonly number[]>>;
  readonly objective: Objective;
  readonly groups: readonly ParameterGroup[];
  /** Which kernels compute the step: standard operators, the blocked layout, or whichever fits model and machine. */
  readonly backend?: 'standard' | 'blocked' | 'auto';
  /** Gradient rules; the standard ones when left out. */
  readonly rules?: RuleTable;
}

/** The value that holds the wanted output where `DataInput.shrink` is given. */
export const enlargedTarget = 'train:enlargedTarget';

/** A training step as one graph: forward pass, loss, backward pass and update. */
export interface TrainingGraph {
  readonly model: Model;
  /** What a step is fed besides its state: data, objectives' inputs, learning rates and gates. */
  readonly inputs: readonly StepInput[];
  readonly state: readonly StateSlot[];
  /** Values of the state before the first step, by slot input. */
  readonly initial: ReadonlyMap<string, Float32Array>;
  /** Scalar outputs by name; `loss` is always there. */
  readonly metrics: ReadonlyMap<string, string>;
  readonly groups: readonly ParameterGroup[];
  readonly backend: 'standard' | 'blocked';
}
