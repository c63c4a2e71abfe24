import type { GraphProto, NodeProto } from './generated/onnx_pb';

/** The graphs inside a node: branches of If, bodies of Loop and Scan. */
export function subgraphsOf(node: NodeProto): GraphProto[] {
  return node.attribute.flatMap((attribute) => [...(attribute.g ? [attribute.g] : []), ...attribute.graphs]);
}

/** Every value of its own graph that a node reads, also those that only its subgraphs read. */
export function readsOf(node: NodeProto): Set<string> {
  const reads = new Set(node.input);
  reads.delete(''); // stands for an optional input that is left out
  for (const graph of subgraphsOf(node)) {
    const own = definedIn(graph);
    const inner = [...graph.node.flatMap((child) => [...readsOf(child)]), ...graph.output.map((output) => output.name)];
    for (const value of inner) if (!own.has(value)) reads.add(value);
  }
  return reads;
}

/** Makes a node, and its subgraphs, read `to` where they read `from` of the node's own graph. */
export function renameReads(node: NodeProto, from: string, to: string): void {
  node.input = node.input.map((input) => (input === from ? to : input));
  for (const graph of subgraphsOf(node)) {
    if (definedIn(graph).has(from)) continue; // an inner value of that name hides the outer one
    for (const child of graph.node) renameReads(child, from, to);
    for (const output of graph.output) if (output.name === from) output.name = to;
  }
}

/** Adds every name of a graph and its subgraphs to `names`: values and nodes. */
export function namesIn(graph: GraphProto, names: Set<string>): Set<string> {
  for (const value of definedIn(graph)) names.add(value);
  for (const info of [...graph.output, ...graph.valueInfo]) names.add(info.name);
  for (const node of graph.node) {
    names.add(node.name);
    for (const value of node.input) names.add(value);
    for (const inner of subgraphsOf(node)) namesIn(inner, names);
  }
  return names;
}

/** Names that a graph gives to values of its own. */
function definedIn(graph: GraphProto): Set<string> {
  return new Set([
    ...graph.input.map((input) => input.name),
    ...graph.initializer.map((tensor) => tensor.name),
    ...graph.sparseInitializer.map((tensor) => tensor.values?.name ?? ''),
    ...graph.node.flatMap((node) => node.output),
  ]);
}
