import { intsAttribute } from './attributes';
import type { NodeProto } from './generated/onnx_pb';
import type { Graph } from './graph';
import type { Weight } from './weight';

/** Where a value that a layer multiplies with comes from. */
export interface WeightSource {
  /** The constant it comes from. */
  readonly name: string;
  readonly weight: Weight;
  /** Whether the two dimensions of the constant are swapped on the way. */
  readonly transposed: boolean;
  /** The values on the way, from the one the layer reads to the constant. */
  readonly values: readonly string[];
  /** The first operator on the way that is not a Transpose of two dimensions or an Identity, if there is one. */
  readonly through?: string;
}

/** Operators whose result is a weight when their first input is one. */
const carriers = new Set(['Transpose', 'Identity', 'Cast', 'DequantizeLinear', 'Reshape']);

/**
 * Follows a value back to the constant it comes from, through operators that only change how the constant is laid out
 * or stored. `undefined` when the value depends on an input of the graph.
 */
export function weightSource(graph: Graph, value: string): WeightSource | undefined {
  const values = [value];
  let transposed = false;
  let through: string | undefined;
  for (let at = value; ;) {
    const weight = graph.constant(at);
    if (weight) return { name: at, weight, transposed, values, ...(through !== undefined && { through }) };
    const node = graph.producer(at);
    if (!node || !carriers.has(node.opType) || !node.input.slice(1).every((input) => !input || graph.constant(input)))
      return undefined;
    if (swapsTwo(graph, node)) transposed = !transposed;
    else if (node.opType !== 'Identity') through = node.opType;
    at = node.input[0];
    values.push(at);
  }
}

function swapsTwo(graph: Graph, node: NodeProto): boolean {
  if (node.opType !== 'Transpose') return false;
  const perm = intsAttribute(node, 'perm');
  // Without `perm` the order is reversed, which is a swap for two dimensions only.
  return perm ? perm.length === 2 && perm[0] === 1 : rankOf(graph, node.input[0]) === 2;
}

function rankOf(graph: Graph, value: string): number | undefined {
  const weight = graph.constant(value);
  if (weight) return weight.dims.length;
  const node = graph.producer(value);
  return node?.opType === 'Transpose' || node?.opType === 'Identity' ? rankOf(graph, node.input[0]) : undefined;
}
