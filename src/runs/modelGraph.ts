import type { ModelGraph } from '../protocol/model';
import type { OpenedModel } from './openedModel';

/**
 * The network as a picture: its nodes in graph order and who reads whom. Constants are not shown, and what bodies of If,
 * Loop and Scan read from outside is not followed.
 */
export function modelGraph({ model, layers }: OpenedModel): ModelGraph {
  const layerOf = new Map(layers.map(({ node, name }) => [node, name]));
  const ids = new Set<string>();
  const producerOf = new Map<string, string>();
  const nodes: ModelGraph['nodes'][number][] = [];
  const edges: ModelGraph['edges'][number][] = [];
  for (const node of model.graph.nodes) {
    if (node.opType === 'Constant') continue;
    const layer = layerOf.get(node);
    const id = unique(layer ?? (node.name || node.output[0] || node.opType), ids);
    nodes.push({ id, op: node.opType, ...(layer !== undefined && { layer }) });
    // Graph order is an order of computation: whoever is read stands before.
    const readFrom = new Set(node.input.flatMap((value) => producerOf.get(value) ?? []));
    for (const from of readFrom) edges.push({ from, to: id });
    for (const value of node.output) if (value !== '') producerOf.set(value, id);
  }
  return { nodes, edges };
}

function unique(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let i = 2; taken.has(id); i++) id = `${wanted} (${i})`;
  taken.add(id);
  return id;
}
