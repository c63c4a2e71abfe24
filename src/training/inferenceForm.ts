import { floatAttribute } from '../onnx/attributes';
import type { NodeProto } from '../onnx/generated/onnx_pb';
import { makeNode, type Graph } from '../onnx/graph';
import type { Model } from '../onnx/model';
import { toFloat32 } from '../tensor/convert';
import { float32, int64, type Tensor } from '../tensor/tensor';
import { TrainingError } from './errors';

/**
 * Rewrites what computes differently in training into what inference computes, in place: BatchNormalization becomes a
 * factor and a shift per channel (inside the convolution before it where there is one), Dropout is passed over.
 * Gradient rules then can't bring the training form back.
 */
export function toInferenceForm(model: Model): void {
  const { graph } = model;
  for (const node of [...graph.nodes]) {
    if (node.opType === 'BatchNormalization') replaceBatchNormalization(graph, node);
    else if (node.opType === 'Dropout') {
      graph.insert([makeNode('Identity', [node.input[0]], [node.output[0]])], node);
      graph.remove([node]);
    }
  }
}

function replaceBatchNormalization(graph: Graph, node: NodeProto): void {
  const [scale, bias, mean, variance] = node.input.slice(1).map((name) => constantOf(graph, node, name));
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const factor = scale.map((value, c) => value / Math.sqrt(variance[c] + epsilon));
  const shift = bias.map((value, c) => value - mean[c] * factor[c]);
  const [result] = node.output;
  const convolution = graph.producer(node.input[0]);
  const weight = convolution && foldableWeight(graph, convolution);
  if (convolution && weight) {
    foldIntoConvolution(graph, convolution, weight, factor, shift);
    convolution.output = [result];
    graph.remove([node]);
    return;
  }
  // As [N, C, rest] the constants broadcast whatever the rank is.
  const rest = graph.uniqueName(`${result}/rest`);
  const flat = graph.uniqueName(`${result}/flat`);
  const scaled = graph.uniqueName(`${result}/scaled`);
  const shifted = graph.uniqueName(`${result}/shifted`);
  const dims = graph.uniqueName(`${result}/dims`);
  const factorName = graph.uniqueName(`${result}/factor`);
  const shiftName = graph.uniqueName(`${result}/shift`);
  graph.setWeight(rest, int64([3], [0, 0, -1]));
  graph.setWeight(factorName, float32([factor.length, 1], factor));
  graph.setWeight(shiftName, float32([factor.length, 1], shift));
  graph.insert(
    [
      makeNode('Reshape', [node.input[0], rest], [flat]),
      makeNode('Mul', [flat, factorName], [scaled]),
      makeNode('Add', [scaled, shiftName], [shifted]),
      makeNode('Shape', [node.input[0]], [dims]),
      makeNode('Reshape', [shifted, dims], [result]),
    ],
    node,
  );
  graph.remove([node]);
}

function constantOf(graph: Graph, node: NodeProto, name: string): Float32Array {
  const weight = graph.constant(name);
  if (!weight) {
    throw new TrainingError(
      `The frozen model computes ${name}, a parameter of the BatchNormalization ${node.name || node.output[0]}.`,
      'Use a model whose BatchNormalization has constant parameters.',
    );
  }
  return toFloat32(weight.tensor()).data;
}

function foldableWeight(graph: Graph, node: NodeProto): Tensor<Float32Array> | undefined {
  if (node.opType !== 'Conv' || node.domain !== '') return undefined;
  if (graph.consumers(node.output[0]).length !== 1 || graph.isOutput(node.output[0])) return undefined;
  if (node.input[2] && !graph.constant(node.input[2])) return undefined;
  const weight = graph.constant(node.input[1]);
  return weight && toFloat32(weight.tensor());
}

function foldIntoConvolution(
  graph: Graph,
  node: NodeProto,
  weight: Tensor<Float32Array>,
  factor: Float32Array,
  shift: Float32Array,
): void {
  const perOutput = weight.data.length / factor.length;
  const bias = node.input[2]
    ? toFloat32(graph.constant(node.input[2])!.tensor()).data
    : new Float32Array(factor.length);
  const weightName = graph.uniqueName(`${node.input[1]}/folded`);
  const biasName = graph.uniqueName(`${node.input[1]}/foldedBias`);
  graph.setWeight(
    weightName,
    float32(
      weight.dims,
      weight.data.map((value, i) => value * factor[Math.floor(i / perOutput)]),
    ),
  );
  graph.setWeight(
    biasName,
    float32(
      [factor.length],
      bias.map((value, c) => value * factor[c] + shift[c]),
    ),
  );
  node.input = [node.input[0], weightName, biasName];
  graph.changed();
}
