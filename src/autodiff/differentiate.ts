import type { NodeProto } from '../onnx/generated/onnx_pb';
import type { Graph } from '../onnx/graph';
import type { GraphBuilder } from '../onnx/graphBuilder';
import type { Tensor } from '../tensor/tensor';
import { UnsupportedOperatorError } from './errors';
import { operatorKey, type RuleTable, type ValueShape } from './rule';

export interface DifferentiateOptions {
  /** The forward pass with its loss, in topological order, in operator set `buildOpset`. */
  readonly graph: Graph;
  /** Shapes of every value of the graph. */
  readonly shapes: ReadonlyMap<string, ValueShape>;
  /** The scalar value whose gradient is taken. */
  readonly loss: string;
  /** Values (usually weights) whose gradients are wanted. */
  readonly parameters: readonly string[];
  /** The training graph. Parameters must already have a producer there, under their own names; other weights are copied. */
  readonly builder: GraphBuilder;
  readonly rules: RuleTable;
}

export interface Derivatives {
  /** Gradient value of each parameter; absent for parameters that the loss does not depend on. */
  readonly gradients: ReadonlyMap<string, string>;
  /** New values of weights that the forward pass updates by itself (running statistics). */
  readonly updates: ReadonlyMap<string, string>;
}

/**
 * Reverse-mode differentiation of a graph: writes the forward pass in its training form and then the backward pass into
 * `builder`, in standard operators.
 * Throws an UnsupportedOperatorError that names the node when a gradient has to pass through an operator without a rule.
 */
export function differentiate(options: DifferentiateOptions): Derivatives {
  const { graph, shapes, loss, builder, rules } = options;
  const parameters = new Set(options.parameters);
  const updates = new Map<string, string>();

  const scope = {
    builder,
    shape(value: string): ValueShape {
      const shape = shapes.get(value);
      if (!shape) throw new Error(`The shape of value ${value} is not known.`);
      return shape;
    },
    constant: (value: string): Tensor | undefined =>
      parameters.has(value) ? undefined : graph.constant(value)?.tensor(),
  };

  for (const [name, weight] of graph.weights) {
    if (!parameters.has(name) && !builder.model.graph.weights.has(name)) builder.model.graph.weights.set(name, weight);
  }
  const forwardScope = { ...scope, updateWeight: (name: string, value: string) => void updates.set(name, value) };
  for (const node of graph.nodes) {
    const rule = rules.get(operatorKey(node));
    if (rule?.forward) rule.forward(node, forwardScope);
    else builder.append(node);
  }

  const needed = dependsOn(graph, parameters);
  const sums = new Map<string, string>();
  const add = (value: string, gradient: string): void => {
    const before = sums.get(value);
    sums.set(value, before === undefined ? gradient : builder.op('Add', [before, gradient]));
  };
  add(loss, builder.scalar(1));
  const backwardScope = {
    ...scope,
    gradient: (value: string) => sums.get(value),
    wants: (value: string) => value !== '' && (needed.has(value) || parameters.has(value)),
    accumulate: add,
    take(value: string): string | undefined {
      const sum = sums.get(value);
      sums.delete(value);
      return sum;
    },
  };
  for (const node of [...graph.nodes].reverse()) {
    if (!node.output.some((value) => sums.has(value) && needed.has(value))) continue;
    const rule = rules.get(operatorKey(node));
    if (!rule) throw new UnsupportedOperatorError(node);
    rule.backward(node, backwardScope);
  }
  const gradients = new Map<string, string>();
  for (const name of options.parameters) {
    const gradient = sums.get(name);
    if (gradient !== undefined) gradients.set(name, gradient);
  }
  return { gradients, updates };
}

/** Values that are computed, directly or not, from a parameter. */
function dependsOn(graph: Graph, parameters: ReadonlySet<string>): Set<string> {
  const needed = new Set<string>();
  for (const node of graph.nodes) {
    if (node.input.some((value) => parameters.has(value) || needed.has(value))) {
      for (const value of node.output) if (value) needed.add(value);
    }
  }
  return needed;
}

/** Nodes through which a gradient would have to pass and can't, for a report before any training starts. */
export function untrainableNodes(graph: Graph, parameters: readonly string[], rules: RuleTable): NodeProto[] {
  const needed = dependsOn(graph, new Set(parameters));
  return graph.nodes.filter((node) => node.output.some((value) => needed.has(value)) && !rules.has(operatorKey(node)));
}
