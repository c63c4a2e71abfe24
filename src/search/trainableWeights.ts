import type { NodeProto } from '../onnx/generated/onnx_pb';
import type { Graph } from '../onnx/graph';
import { weightSource } from '../onnx/layerWeight';
import type { Model } from '../onnx/model';

/** Inputs that hold what a network learns, by operator. Running statistics are not among them: the forward pass sets them. */
const learnt: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [1, 2],
  MatMul: [0, 1],
  BatchNormalization: [1, 2],
  InstanceNormalization: [1, 2],
  LayerNormalization: [1, 2],
  GroupNormalization: [1, 2],
  PRelu: [1],
};

/**
 * Names of the weights that training should change: weights and biases of layers, scales and shifts of normalisations,
 * slopes, and biases that are added to a product. Other constants (factors of arithmetic, sizes, tables) stay as they are.
 */
export function trainableWeights({ graph }: Model): string[] {
  const names = new Set<string>();
  for (const node of graph.nodes) {
    for (const value of learntInputs(graph, node)) {
      const source = value && weightSource(graph, value);
      if (source && graph.weights.get(source.name)?.elementType?.includes('float')) names.add(source.name);
    }
  }
  return [...names];
}

function learntInputs(graph: Graph, node: NodeProto): string[] {
  if (node.domain !== '' && node.domain !== 'ai.onnx') return [];
  if (node.opType === 'Add') {
    const isProduct = (value: string): boolean => graph.producer(value)?.opType === 'MatMul';
    return node.input.filter((_, i) => isProduct(node.input[1 - i]));
  }
  return (learnt[node.opType] ?? []).flatMap((i) => node.input[i] ?? []);
}
