import type { SampleShape } from '../data/dataset';
import type { Preprocessing } from '../data/preprocessing';
import type { Model } from '../onnx/model';
import type { Objective } from './objective';
import type { ParameterGroup } from './optimizer';

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
  /** Decides which values Dropout drops in each step. */
  readonly seed?: number | string;
  /**
   * Which kernels compute the step: standard operators; the blocked layout where it pays, else standard operators; or
   * ('auto', the default) the blocked layout if a self-test shows that it works on this machine.
   */
  readonly backend?: 'standard' | 'blocked' | 'auto';
  /**
   * How BatchNormalization is trained: by the statistics of the batch, updating the running ones (the default), or by the
   * running statistics as inference does.
   */
  readonly batchNorm?: 'train' | 'frozen';
}

/** The value that holds the wanted output where `DataInput.shrink` is given. */
export const enlargedTarget = 'train:enlargedTarget';
