import { sizeOf, type ElementType } from '../tensor/tensor';
import { intAttribute } from './attributes';
import type { NodeProto } from './generated/onnx_pb';
import type { Graph } from './graph';
import { weightSource } from './layerWeight';
import type { Model } from './model';
import { bitsPerElement } from './tensorProto';

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
 * The layers of a model's main graph in graph order: every Conv and ConvTranspose, and each Gemm and MatMul with a
 * weight on one side. (Bodies of If, Loop and Scan are not looked into.)
 *
 * Costs are those of one sample. The batch is the leading size of the model's first input (of two dimensions or more): a
 * leading size that is a multiple of it is divided by it, and one that is known only at run time is taken as 1. Other
 * sizes known only at run time count as 1 as well and are named in `openSizes`.
 * @param shapes types and dimensions of the graph's values, as `inferShapes` gives them
 */
export function layersOf(model: Model, shapes: ReadonlyMap<string, LayerValue>): Layer[] {
  const { graph } = model;
  const [first, ...rest] = shapes.get(graph.inputs[0]?.name ?? '')?.dims ?? [];
  const batch = typeof first === 'number' && first > 0 && rest.length > 0 ? first : 1;
  return [...graph.fact(namedLayers)].map(([name, node]) => describe(graph, shapes, batch, name, node));
}

/** The node of a layer in a model or any copy of it. Throws when there is none of that name. */
export function layerNode(model: Model, name: string): NodeProto {
  const node = model.graph.fact(namedLayers).get(name);
  if (!node) throw new Error(`The model has no layer ${name}.`);
  return node;
}

/** Whether a convolution's or product's weight is its first input (as in `W x`) instead of its second. */
export function weightIsFirst(graph: Graph, node: NodeProto): boolean {
  return isProduct(node) && !weightSource(graph, node.input[1]) && weightSource(graph, node.input[0]) !== undefined;
}

/** The elements that training would change, MACs of all layers, and bytes of all weights. */
export interface ModelTotals {
  readonly macs: number;
  readonly params: number;
  readonly bytes: number;
}

/**
 * Totals of a model for one sample. Parameters are the elements of its weights that training changes: those of layers,
 * normalisations, embeddings, recurrent cells and elementwise tables; not the running statistics of a
 * BatchNormalization, not scalars, not what only steers an operator (pads, scales, bounds, integer constants). A network
 * whose BatchNormalization has been folded away therefore has fewer: one bias where scale and bias were.
 */
export function modelTotals(model: Model, layers: readonly Layer[]): ModelTotals {
  const { graph } = model;
  let params = 0;
  let bytes = 0;
  const constants = [...graph.weights.keys()];
  for (const node of graph.nodes) if (node.opType === 'Constant') constants.push(node.output[0]);
  for (const name of constants) {
    const weight = graph.constant(name);
    if (!weight) continue;
    bytes += weight.byteLength;
    const type = weight.elementType;
    const float = type?.includes('float') ?? false;
    const reads = graph
      .consumers(name)
      .flatMap((node) => node.input.flatMap((input, i) => (input === name ? [{ node, i }] : [])));
    if (reads.some(({ node, i }) => (float ? weight.dims.length > 0 && !steers(node, i) : isQuantisedWeight(node, i))))
      params += weight.elements;
  }
  return { macs: layers.reduce((sum, layer) => sum + layer.macs, 0), params, bytes };
}

/** Inputs that are floating-point constants and are not trained, by operator. */
const steeringInputs: Readonly<Record<string, readonly number[]>> = {
  BatchNormalization: [3, 4],
  Clip: [1, 2],
  ConstantOfShape: [0],
  DequantizeLinear: [1, 2],
  Dropout: [1],
  Pad: [2],
  QuantizeLinear: [1],
  QLinearConv: [1, 2, 4, 5, 6, 7],
  QLinearMatMul: [1, 2, 4, 5, 6, 7],
  Range: [0, 1, 2],
  Resize: [1, 2],
  RoiAlign: [1],
  Upsample: [1],
};

function steers(node: NodeProto, input: number): boolean {
  return steeringInputs[node.opType]?.includes(input) ?? false;
}

/** Inputs that hold integer weights, by operator. */
const quantisedInputs: Readonly<Record<string, number>> = {
  ConvInteger: 1,
  DequantizeLinear: 0,
  MatMulInteger: 1,
  QLinearConv: 3,
  QLinearMatMul: 3,
};

function isQuantisedWeight(node: NodeProto, input: number): boolean {
  return quantisedInputs[node.opType] === input;
}

const isConvolution = (node: NodeProto): boolean => node.opType === 'Conv' || node.opType === 'ConvTranspose';
const isProduct = (node: NodeProto): boolean => node.opType === 'Gemm' || node.opType === 'MatMul';

function namedLayers(graph: Graph): Map<string, NodeProto> {
  const layers = new Map<string, NodeProto>();
  for (const node of graph.nodes) {
    if (node.domain !== '' && node.domain !== 'ai.onnx') continue;
    const weighty =
      isConvolution(node) ||
      (isProduct(node) && node.input.slice(0, 2).some((value) => weightSource(graph, value) !== undefined));
    if (!weighty) continue;
    const name = node.name || node.output[0];
    layers.set(layers.has(name) ? `${name}:${node.output[0]}` : name, node);
  }
  return layers;
}

function describe(
  graph: Graph,
  shapes: ReadonlyMap<string, LayerValue>,
  batch: number,
  name: string,
  node: NodeProto,
): Layer {
  const op = node.opType as LayerOp;
  const side = weightIsFirst(graph, node) ? 0 : 1;
  const source = weightSource(graph, node.input[side]);
  const weight = source?.name ?? node.input[side];
  const weightShape = source?.weight.dims ?? shapes.get(weight)?.dims ?? [];
  const bias = node.input[2] || undefined;
  const open = new Set<string>();
  const settle = (dims: readonly (number | string)[], batchAxis?: number): number[] =>
    dims.map((dim, axis) => {
      if (typeof dim === 'number' && dim >= 0) return axis === batchAxis && dim % batch === 0 ? dim / batch : dim;
      if (axis !== batchAxis) open.add(typeof dim === 'string' && dim !== '' ? dim : '?');
      return 1;
    });
  const weightDims = settle(weightShape);
  const transA = op === 'Gemm' && intAttribute(node, 'transA', 0) !== 0;
  const written = shapes.get(node.output[0])?.dims;
  let read = shapes.get(node.input[1 - side])?.dims;
  // A Gemm fixes its input where the runtime loses track of a reshape before it.
  if (!read && op === 'Gemm' && side === 1 && written) {
    const summed = weightDims[summedAxis(node, weightDims.length, side, source?.transposed ?? false)];
    read = transA ? [summed, written[0]] : [written[0], summed];
  }
  if (!read || !written) open.add('?');
  // A plain matrix on the right of its weight has features in its rows and places in its columns: no batch.
  const plain = side === 0 && (written?.length ?? 0) <= 2;
  const inputDims = settle(read ?? [], plain ? undefined : transA ? 1 : 0);
  const outputDims = settle(written ?? [], plain ? undefined : 0);
  const biasWeight = bias === undefined ? undefined : graph.constant(bias);
  const elements = sizeOf(weightDims);
  const bits = source ? bitsPerElement(source.weight.proto.dataType) : 0;
  return {
    name,
    node,
    op,
    weight,
    ...(bias !== undefined && { bias }),
    weightDims,
    inputDims,
    outputDims,
    macs: countMacs(node, weightDims, inputDims, outputDims, side, source?.transposed ?? false),
    params: (source ? elements : 0) + (biasWeight?.elements ?? 0),
    bytes: (source ? Math.ceil((elements * bits) / 8) : 0) + (biasWeight?.byteLength ?? 0),
    openSizes: [...open],
  };
}

function countMacs(
  node: NodeProto,
  weightDims: readonly number[],
  inputDims: readonly number[],
  outputDims: readonly number[],
  side: number,
  transposed: boolean,
): number {
  // W: [O, I / groups, ...k] meets every output element; a transposed W: [I, O / groups, ...k] every input element.
  if (node.opType === 'Conv') return sizeOf(outputDims) * sizeOf(weightDims.slice(1));
  if (node.opType === 'ConvTranspose') return sizeOf(inputDims) * sizeOf(weightDims.slice(1));
  return sizeOf(outputDims) * (weightDims[summedAxis(node, weightDims.length, side, transposed)] ?? 1);
}

/** The axis of a stored weight that a product sums over: its rows on the right of the data, its columns on the left. */
function summedAxis(node: NodeProto, rank: number, side: number, transposed: boolean): number {
  if (rank < 2) return 0;
  const flag = side === 0 ? 'transA' : 'transB';
  const swapped = transposed !== (node.opType === 'Gemm' && intAttribute(node, flag, 0) !== 0);
  return (side === 1) !== swapped ? rank - 2 : rank - 1;
}
