import type { Tensor } from '../tensor/tensor';

/**
 * The whole state of a training: parameters, running statistics, moments and step counts under their keys
 * (`weight/NAME`, `momentum/NAME`, ...), each in its own dimensions, so that a snapshot does not depend on how a step
 * graph stores them. Continuing from a snapshot gives the same bits as never having stopped.
 */
export interface Snapshot {
  readonly stepsDone: number;
  readonly tensors: ReadonlyMap<string, Tensor<Float32Array>>;
}
