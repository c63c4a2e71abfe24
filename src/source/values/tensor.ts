import type { LayerState } from '../torch/layerState';
import type { Frame, Instance } from './values';

/** A size that is not known is NaN, so that arithmetic on sizes carries it along by itself. */
export type Dims = readonly number[];

export type Dtype = 'float32' | 'int64' | 'bool';

/** The module and parameter name that a weight belongs to. */
export interface Owner {
  readonly module: Instance;
  readonly name: string;
}

/** A tensor of which only the shape is known, except for small ones made of literals (`data`, row-major). */
export class Tensor {
  owner?: Owner;
  /** Calls under way when a parameter was made. */
  madeAt?: Frame;
  /** The parameter that this tensor was computed from without other tensors, such as a normalised weight. */
  origin?: Tensor;
  /** Uses of a bare parameter as the weight of a product. */
  uses?: LayerState;

  constructor(
    readonly shape: Dims,
    readonly dtype: Dtype = 'float32',
    readonly data?: readonly number[],
    readonly parameter = false,
  ) {}
}

export function elementsOf(shape: Dims): number {
  return shape.reduce((product, size) => product * size, 1);
}
