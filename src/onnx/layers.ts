import type { ElementType } from '../tensor/tensor';
import type { NodeProto } from './generated/onnx_pb';
import type { Model } from './model';

export type LayerOp = 'Conv' | 'ConvTranspose' | 'Gemm' | 'MatMul';

/** Type and dimensions of a value; a string stands for a size known only at run time, as the runtime names it. */
export interface LayerValue {
  readonly type: ElementType;
  readonly dims: readonly (number | string)[];
}

/** One weight-bearing node of a model, with what it costs for one sample. */
export interface Layer {
  /** Unique in its model: the node's name, or its output's name where the node has none. */
  readonly name: string;
  /** The node in the model the layer was listed from; in a copy of the model, find it with `layerNode`. */
  readonly node: NodeProto;
  readonly op: LayerOp;
  /** The weight's name in the graph: an initializer, a Constant node's output, or (dynamic) any computed value. */
  readonly weight: string;
  readonly bias?: string;
  /** Dimensions of the tensor `weight` as it is stored. */
  readonly weightDims: readonly number[];
  /** Dimensions of the data input for one sample. */
  readonly inputDims: readonly number[];
  /** Dimensions of the output for one sample. */
  readonly outputDims: readonly number[];
  /** Multiply-accumulates for one sample. */
  readonly macs: number;
  /** Elements of weight and bias. */
  readonly params: number;
  /** Bytes of weight and bias as stored. */
  readonly bytes: number;
  /**
   * Names of sizes, other than the batch, that are not known before run time and were counted as 1 here; empty when
   * `macs` is exact. Infer the shapes with sizes given for the model's inputs to settle them.
   */
  readonly openSizes: readonly string[];
}

/**
 * The layers of a model's main graph in graph order.
 * @param shapes types and dimensions of the graph's values, as `inferShapes` gives them
 */
export function layersOf(_model: Model, _shapes: ReadonlyMap<string, LayerValue>): Layer[] {
  return [];
}
