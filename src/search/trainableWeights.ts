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
  const besides = (accepts: (value: string) => boolean): string[] =>
    node.input.filter((_, i) => accepts(node.input[1 - i]));
  // A single number beside a normalised value is arithmetic: what is learnt has one for each channel.
  const many = (value: string): boolean => (weightSource(graph, value)?.weight.dims ?? []).some((size) => size > 1);
  if (node.opType === 'Mul') return besides((value) => isNormalized(graph, value)).filter(many);
  if (node.opType === 'Add')
    return [...besides((value) => isProduct(graph, value)), ...besides((value) => isScaled(graph, value)).filter(many)];
  return (learnt[node.opType] ?? []).flatMap((i) => node.input[i] ?? []);
}

function isProduct(graph: Graph, value: string): boolean {
  return graph.producer(value)?.opType === 'MatMul';
}

/** Whether a value is a normalised one times its scale: what is added to it is the shift. */
function isScaled(graph: Graph, value: string): boolean {
  const node = graph.producer(value);
  return node?.opType === 'Mul' && node.input.some((input) => isNormalized(graph, input));
}

/** Operators on the way from a mean to what a normalisation divides by, the root of a mean of squares. */
const towardsDeviation = new Set(['Sqrt', 'Reciprocal', 'Pow', 'Add', 'Cast']);

/**
 * Whether a value was divided by a root of a mean, or multiplied with its inverse: LayerNormalization and RMSNormalization as
 * exporters write them where the operator set has none.
 */
function isNormalized(graph: Graph, value: string): boolean {
  const node = graph.producer(value);
  if (node?.opType === 'Cast') return isNormalized(graph, node.input[0]);
  const spreads = node?.opType === 'Div' ? [node.input[1]] : node?.opType === 'Mul' ? node.input : [];
  return spreads.some((spread) => isDeviation(graph, spread));
}

function isDeviation(graph: Graph, value: string): boolean {
  let rooted = false;
  for (let at = value; ;) {
    const node = graph.producer(at);
    if (node?.opType === 'ReduceMean') return rooted;
    const [next, ...rest] = (node?.input ?? []).filter((input) => !graph.constant(input));
    if (!node || next === undefined || rest.length > 0) return false;
    if (node.opType === 'Div' ? !graph.constant(node.input[0]) : !towardsDeviation.has(node.opType)) return false;
    rooted ||= node.opType === 'Sqrt' || node.opType === 'Pow';
    at = next;
  }
}
