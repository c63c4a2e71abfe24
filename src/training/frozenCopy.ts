import type { NodeProto } from '../onnx/generated/onnx_pb';
import type { Graph } from '../onnx/graph';
import type { GraphBuilder } from '../onnx/graphBuilder';
import type { Model } from '../onnx/model';
import { shallowCopy } from '../onnx/shallowCopy';
import { Weight } from '../onnx/weight';
import { TrainingError } from './errors';
import { toInferenceForm } from './inferenceForm';
import type { FrozenCopy } from './objective';

/**
 * Appends a model to a graph under a prefix, in inference form, its inputs connected to values of that graph.
 * @param model in the graph's operator set; it is changed
 * @param inputs the inputs of that graph: each input of the model is connected to the one of its name, or else to the one
 *   at its place
 * @param samples only the first so many of the batch are computed
 * Throws a TrainingError when the model takes more inputs than there are.
 */
export function appendFrozen(
  builder: GraphBuilder,
  model: Model,
  prefix: string,
  inputs: readonly string[],
  samples?: number,
): FrozenCopy {
  toInferenceForm(model);
  const { graph } = model;
  if (graph.inputs.length > inputs.length) {
    throw new TrainingError(
      `The frozen model takes ${graph.inputs.length} inputs and the trained one ${inputs.length}.`,
      'Use a frozen model that takes the same input.',
    );
  }
  const names = new Map(
    graph.inputs.map(({ name }, i): [string, string] => {
      const source = inputs.includes(name) ? name : inputs[i];
      const sliced = samples !== undefined && graph.consumers(name).length > 0;
      return [name, sliced ? firstSamples(builder, source, samples) : source];
    }),
  );
  for (const [name, weight] of graph.weights) {
    const renamed = prefix + name;
    names.set(name, renamed);
    builder.model.graph.weights.set(renamed, new Weight(shallowCopy(weight.proto, { name: renamed }), weight.range));
  }
  for (const node of graph.nodes) for (const value of node.output) if (value) names.set(value, prefix + value);
  rename(graph, names, prefix);
  for (const node of graph.nodes) builder.append(node);
  for (const { domain, version } of model.proto.opsetImport) builder.model.importOpset(domain, Number(version));
  return {
    has: (name) => names.has(name),
    value(name) {
      const renamed = names.get(name);
      if (renamed === undefined) {
        throw new TrainingError(`The frozen model has no value ${name}.`, 'Name a value that the model computes.');
      }
      return renamed;
    },
  };
}

/** The first samples of a batch. */
export function firstSamples(builder: GraphBuilder, value: string, samples: number): string {
  return builder.op('Slice', [value, builder.ints([0]), builder.ints([samples]), builder.ints([0])]);
}

function rename(graph: Graph, names: ReadonlyMap<string, string>, prefix: string): void {
  const renameNodes = (nodes: readonly NodeProto[]): void => {
    for (const node of nodes) {
      node.name = node.name && prefix + node.name;
      node.input = node.input.map((value) => names.get(value) ?? value);
      node.output = node.output.map((value) => names.get(value) ?? value);
      for (const attribute of node.attribute) {
        for (const inner of [...(attribute.g ? [attribute.g] : []), ...attribute.graphs]) {
          renameNodes(inner.node);
          for (const output of inner.output) output.name = names.get(output.name) ?? output.name;
        }
      }
    }
  };
  renameNodes(graph.nodes);
  graph.changed();
}
