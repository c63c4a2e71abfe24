import { makeValueInfo, type Graph } from '../onnx/graph';
import type { Model } from '../onnx/model';
import type { ElementType } from '../tensor/tensor';

/** What is known of the values of a model. */
export type ValueShapes = ReadonlyMap<string, { readonly type: ElementType; readonly dims: readonly number[] }>;

/** A model in two parts that are run one after the other. */
export interface SplitModel {
  /** Computes the boundary; `undefined` when the second part needs nothing but inputs of the model. */
  readonly before: Model | undefined;
  /** Everything that depends on the input; takes the boundary's values as inputs. */
  readonly after: Model;
  /** Values that go from the first part to the second. */
  readonly boundary: readonly string[];
}

/**
 * Splits a model into what depends on one of its inputs and what does not, so that runs that differ in that input alone
 * share the first part.
 * @param input name of the input
 * @param shapes of the values that may become the boundary
 */
export function splitModel(model: Model, input: string, shapes: ValueShapes): SplitModel {
  const { graph } = model;
  const dependent = new Set([input]);
  const fixed = new Set(graph.weights.keys());
  const later = new Set<number>();
  const needed = new Set<string>();
  for (const [i, node] of graph.nodes.entries()) {
    if (node.input.some((value) => dependent.has(value))) {
      for (const value of node.output) dependent.add(value);
      for (const value of node.input) needed.add(value);
      later.add(i);
    } else if (node.input.every((value) => value === '' || fixed.has(value))) {
      // What follows from weights alone may be computed in both parts.
      for (const value of node.output) fixed.add(value);
      later.add(i);
    }
  }
  const boundary: string[] = [];
  for (const value of needed) {
    const producer = graph.producer(value);
    if (!producer || dependent.has(value) || fixed.has(value)) continue;
    if (shapes.has(value)) boundary.push(value);
    else {
      // What an objective appended (one-hot labels) has no known shape and costs next to nothing: computed in both parts.
      later.add(graph.nodes.indexOf(producer));
      for (const input of producer.input) needed.add(input);
    }
  }

  const after = model.clone();
  after.graph.proto.node = after.graph.proto.node.filter((_, i) => later.has(i));
  after.graph.proto.valueInfo = [];
  for (const value of boundary) {
    const { type, dims } = shapes.get(value)!;
    after.graph.proto.input.push(makeValueInfo(value, type, dims));
  }
  after.graph.changed();
  after.graph.prune();
  dropUnusedInputs(after.graph);
  if (boundary.length === 0) return { before: undefined, after, boundary };

  const before = model.clone();
  before.graph.proto.valueInfo = [];
  before.graph.proto.output = boundary.map((value) =>
    makeValueInfo(value, shapes.get(value)!.type, shapes.get(value)!.dims),
  );
  before.graph.changed();
  before.graph.prune();
  dropUnusedInputs(before.graph);
  return { before, after, boundary };
}

function dropUnusedInputs(graph: Graph): void {
  graph.proto.input = graph.proto.input.filter(({ name }) => graph.consumers(name).length > 0 || graph.isOutput(name));
  graph.changed();
}
