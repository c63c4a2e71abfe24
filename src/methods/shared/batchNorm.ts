import { float, floatAttribute, intAttribute, setAttribute } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { makeNode, type Graph } from '../../onnx/graph';
import { weightSource, type WeightSource } from '../../onnx/layerWeight';
import { layerNode } from '../../onnx/layers';
import type { Model } from '../../onnx/model';
import { castTo, numbers, toFloat64 } from '../../tensor/convert';
import { float64, type ElementType } from '../../tensor/tensor';
import { MethodError } from './errors';

/** Mean and variance of each output channel of a layer. */
export interface ChannelStatistics {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

/** The epsilon of BatchNormalization that every framework has as its default. */
const epsilon = 1e-5;

/**
 * Folds each BatchNormalization that follows a Conv, ConvTranspose or Gemm, and is that layer's only reader, into the
 * layer's weight and bias, in place: W' = f W and b' = f (b - mean) + shift with f = scale / √(variance + ε), for each
 * output channel. The layer keeps its name and takes over the normalisation's output name. Those in training mode,
 * with parameters that are computed, or behind a shared weight stay as they are.
 * @returns names of the layers that were folded into
 */
export function foldBatchNorm(model: Model): string[] {
  const { graph } = model;
  const folded: string[] = [];
  for (const norm of [...graph.nodes]) {
    const layer = foldable(graph, norm);
    if (!layer) continue;
    const { node, source, outputAxis, groups } = layer;
    const [scale, shift, mean, variance] = norm.input.slice(1).map((name) => numbers(graph.constant(name)!.tensor()));
    const small = floatAttribute(norm, 'epsilon', epsilon);
    const factor = Float64Array.from(variance, (value, c) => scale[c] / Math.sqrt(value + small));
    const type = source.weight.elementType!;
    const before = biasOf(graph, node, factor.length)!;
    const bias = factor.map((f, c) => f * (before[c] - mean[c]) + shift[c]);
    const weight = toFloat64(source.weight.tensor());
    replaceConstant(graph, source.name, castTo(scaled(weight, outputAxis, groups, factor), type));
    const biasName = node.input[2];
    const own = biasName && graph.weights.has(biasName) && graph.consumers(biasName).length === 1;
    const newName = own ? biasName : graph.uniqueName(`${node.name || node.output[0]}/bias`);
    graph.setWeight(newName, castTo(float64([factor.length], bias), type));
    const old = node.output[0];
    node.name ||= old;
    folded.push(node.name);
    node.input = [node.input[0], node.input[1], newName];
    if (node.opType === 'Gemm') setAttribute(node, 'beta', float(1));
    node.output = [norm.output[0]];
    graph.remove([norm]);
    graph.proto.valueInfo = graph.proto.valueInfo.filter((info) => info.name !== old);
    for (const name of [...norm.input.slice(1), ...(biasName ? [biasName] : [])]) {
      if (graph.weights.has(name) && graph.consumers(name).length === 0 && !graph.isOutput(name))
        graph.removeWeight(name);
    }
  }
  return folded;
}

/** Names of what was put behind a layer. */
export interface UnfoldedLayer {
  readonly layer: string;
  /** Name of the BatchNormalization node. */
  readonly node: string;
  readonly scale: string;
  readonly bias: string;
  readonly mean: string;
  readonly variance: string;
}

/**
 * Puts a BatchNormalization behind each layer named, in place, so that the model computes what it did: with the
 * layer's output statistics, scale = √(variance + ε) and bias = mean undo the normalisation, and the layer's own bias
 * goes into the running mean. `foldBatchNorm` takes it out again. The layer keeps its name; its output gets a new one.
 * Throws a MethodError for layers whose channels are not the output's second axis, or whose bias is computed.
 */
export function unfoldBatchNorm(
  model: Model,
  layers: readonly string[],
  statistics: ReadonlyMap<string, ChannelStatistics>,
): UnfoldedLayer[] {
  return layers.map((layer) => {
    const known = statistics.get(layer);
    if (!known)
      throw new MethodError(`There are no output statistics of layer ${layer}.`, 'Collect them first.', layer);
    return unfold(model, layer, known);
  });
}

function unfold(model: Model, layer: string, { mean, variance }: ChannelStatistics): UnfoldedLayer {
  const { graph } = model;
  const node = layerNode(model, layer);
  const source = weightSource(graph, node.input[1]);
  const type = source?.weight.elementType;
  const channels = variance.length;
  const bias = biasOf(graph, node, channels);
  if (!type || !channelsSecond(node, source) || !bias || (node.opType === 'Gemm' && model.opset() < 11)) {
    throw new MethodError(
      `Layer ${layer} can't be followed by a BatchNormalization.`,
      'Train it without one, or leave it out of the layers to normalise.',
      layer,
    );
  }
  const put = (label: string, value: (channel: number) => number): string => {
    const name = graph.uniqueName(`${layer}/batchNorm.${label}`);
    graph.setWeight(
      name,
      castTo(
        float64(
          [channels],
          Array.from({ length: channels }, (_, c) => value(c)),
        ),
        type,
      ),
    );
    return name;
  };
  const made = {
    layer,
    node: graph.uniqueName(`${layer}/batchNorm`),
    scale: put('scale', (c) => Math.sqrt(variance[c] + epsilon)),
    bias: put('bias', (c) => mean[c]),
    mean: put('mean', (c) => mean[c] - bias[c]),
    variance: put('variance', (c) => variance[c]),
  };
  const [output] = node.output;
  const raw = graph.uniqueName(`${layer}/raw`);
  const norm = makeNode(
    'BatchNormalization',
    [raw, made.scale, made.bias, made.mean, made.variance],
    [output],
    { epsilon: float(epsilon) },
    { name: made.node },
  );
  const oldBias = node.input[2];
  node.name ||= layer;
  node.input = node.input.slice(0, 2);
  node.output = [raw];
  graph.insert([norm], graph.nodes[graph.nodes.indexOf(node) + 1]);
  if (oldBias && graph.weights.has(oldBias) && graph.consumers(oldBias).length === 0) graph.removeWeight(oldBias);
  return made;
}

interface Foldable {
  readonly node: NodeProto;
  readonly source: WeightSource;
  /** Axis of the stored weight that holds the output channels (those of one group, for a ConvTranspose). */
  readonly outputAxis: 0 | 1;
  readonly groups: number;
}

function foldable(graph: Graph, norm: NodeProto): Foldable | undefined {
  if (norm.opType !== 'BatchNormalization' || intAttribute(norm, 'training_mode', 0) !== 0) return undefined;
  // Before operator set 9 a BatchNormalization could have parameters for each place as well.
  if (intAttribute(norm, 'spatial', 1) !== 1 || norm.output.slice(1).some((value) => value !== '')) return undefined;
  const [raw, ...parameters] = norm.input;
  const node = graph.producer(raw);
  if (!node || graph.consumers(raw).length !== 1 || graph.isOutput(raw)) return undefined;
  const source = weightSource(graph, node.input[1]);
  if (!source || !channelsSecond(node, source) || !source.weight.elementType?.includes('float')) return undefined;
  const shared = source.values.some((value) => graph.consumers(value).length !== 1 || graph.isOutput(value));
  if (shared || !parameters.every((name) => graph.constant(name))) return undefined;
  if (!biasOf(graph, node, graph.constant(parameters[0])!.elements)) return undefined;
  const transposed = node.opType === 'Gemm' && (intAttribute(node, 'transB', 0) !== 0) === source.transposed;
  return {
    node,
    source,
    outputAxis: transposed || node.opType === 'ConvTranspose' ? 1 : 0,
    groups: node.opType === 'ConvTranspose' ? intAttribute(node, 'group', 1) : 1,
  };
}

/** Whether a node's output has its channels on the second axis, as BatchNormalization wants them, made by this weight. */
function channelsSecond(node: NodeProto, source: WeightSource): boolean {
  if (source.through) return false;
  return node.opType === 'Conv' || node.opType === 'ConvTranspose' || node.opType === 'Gemm';
}

/** What a layer adds to each channel; zeros without a bias, `undefined` when that is computed or not one per channel. */
function biasOf(graph: Graph, node: NodeProto, channels: number): Float64Array | undefined {
  const name = node.input[2];
  if (!name) return new Float64Array(channels);
  const constant = graph.constant(name);
  if (!constant || (constant.elements !== channels && constant.elements !== 1)) return undefined;
  // A column has one value for each row of the data, which is no channel.
  if (constant.elements > 1 && constant.dims.at(-1) !== channels) return undefined;
  const values = numbers(constant.tensor());
  const beta = node.opType === 'Gemm' ? floatAttribute(node, 'beta', 1) : 1;
  return Float64Array.from({ length: channels }, (_, c) => beta * values[values.length === 1 ? 0 : c]);
}

/** The weight with each output channel multiplied by its factor. */
function scaled(
  weight: { readonly type: ElementType; readonly dims: readonly number[]; readonly data: Float64Array },
  outputAxis: 0 | 1,
  groups: number,
  factor: Float64Array,
): typeof weight {
  const [rows, columns] = weight.dims;
  const inner = weight.data.length / (rows * columns);
  const data = weight.data.map((value, at) => {
    const row = Math.floor(at / (inner * columns));
    const column = Math.floor(at / inner) % columns;
    const channel = outputAxis === 0 ? row : Math.floor(row / (rows / groups)) * columns + column;
    return value * factor[channel];
  });
  return { ...weight, data };
}

function replaceConstant(graph: Graph, name: string, tensor: Parameters<Graph['setWeight']>[1]): void {
  const node = graph.producer(name);
  if (node) graph.remove([node]);
  graph.setWeight(name, tensor);
}
