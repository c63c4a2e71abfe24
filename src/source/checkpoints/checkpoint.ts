import type { ElementType, Tensor } from '../../tensor/tensor';

/** One tensor of a checkpoint. Its elements stay in the file until they are asked for, and are not kept. */
export interface CheckpointTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** `undefined` for element types without a typed array: complex, quantised, 8-bit floating point. */
  readonly type: ElementType | undefined;
  /** The element type as the file names it: `torch.ComplexFloatStorage`, `F8_E4M3`. */
  readonly storedAs: string;
  /** The elements, row by row. Throws a CheckpointFileError for unreadable types and damaged data. */
  read(): Tensor;
}

export type CheckpointFormat = 'safetensors' | 'torch' | 'keras';

/** The named tensors of a file of weights. Close it after the last read. */
export interface Checkpoint {
  readonly format: CheckpointFormat;
  /** Where in the file's objects the tensors were found, such as `state_dict`; empty at the top. */
  readonly within: string;
  /** In the order of the file. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  close(): void;
}
