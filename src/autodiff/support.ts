import type { NodeProto } from '../onnx/generated/onnx_pb';
import type { Graph } from '../onnx/graph';
import { UnsupportedOperatorError } from './errors';
import { operatorKey, type RuleTable } from './rule';
import { constantOperators } from './rules/passing';
import { standardRules } from './ruleTable';
import { translatedOperators } from './upgrade';

/** An operator that a trained model may contain. */
export interface SupportedOperator {
  /** As in the rule table: `domain:Operator` for domains other than ONNX's own. */
  readonly operator: string;
  /** 'rule': it has a gradient; 'translated': it is written in others that have; 'none': its gradient is zero everywhere. */
  readonly gradient: 'rule' | 'translated' | 'none';
}

/** Every operator that training supports, in alphabetical order. */
export function supportedOperators(rules: RuleTable = standardRules): SupportedOperator[] {
  const none = new Set(constantOperators);
  const listed = [...rules.keys()].map((operator): SupportedOperator => ({
    operator,
    gradient: none.has(operator) ? 'none' : 'rule',
  }));
  const translated = translatedOperators.map((operator): SupportedOperator => ({ operator, gradient: 'translated' }));
  return [...listed, ...translated].sort((a, b) => (a.operator < b.operator ? -1 : 1));
}

/** A layer and the names of its weights. */
export interface LayerWeights {
  readonly name: string;
  readonly weights: readonly string[];
}

/** A node that no gradient passes, and the layers that it keeps from being trained. */
export interface Obstacle {
  readonly node: string;
  readonly operator: string;
  readonly layers: readonly string[];
}

/** Which layers of a model can be trained. */
export interface Trainability {
  readonly trainable: readonly string[];
  /** Layers that can be compressed from their weights alone. */
  readonly untrainable: readonly string[];
  readonly obstacles: readonly Obstacle[];
  /** What stands in the way, in words; `undefined` when nothing does. */
  readonly message: string | undefined;
}

/**
 * Tells which layers of a model, in the operator set of its file, can be trained: those behind whose weights every node
 * that a gradient passes has a rule. Behind an operator without a gradient, such as Shape, nothing is in the way.
 */
export function trainabilityOf(
  graph: Graph,
  layers: readonly LayerWeights[],
  rules: RuleTable = standardRules,
): Trainability {
  const supported = new Set([...rules.keys(), ...translatedOperators]);
  const isObstacle = (node: NodeProto): boolean => !supported.has(operatorKey(node));
  // Most models have none, and following every layer through a graph of thousands of nodes takes seconds.
  const none = !graph.nodes.some(isObstacle);
  const obstacles = new Map<NodeProto, string[]>();
  const trainable: string[] = [];
  const untrainable: string[] = [];
  for (const { name, weights } of layers) {
    const inTheWay = none ? [] : nodesAfter(graph, weights).filter(isObstacle);
    (inTheWay.length > 0 ? untrainable : trainable).push(name);
    for (const node of inTheWay) obstacles.set(node, [...(obstacles.get(node) ?? []), name]);
  }
  const errors = [...obstacles.keys()].map((node) => new UnsupportedOperatorError(node));
  return {
    trainable,
    untrainable,
    obstacles: [...obstacles.values()].map((held, i) => ({
      node: errors[i].node,
      operator: errors[i].operator,
      layers: held,
    })),
    message: errors.length > 0 ? describe(errors, trainable, untrainable) : undefined,
  };
}

const endsOfGradients = new Set(constantOperators);

/** Nodes that compute with the given values, directly or not, as far as gradients go, in graph order. */
function nodesAfter(graph: Graph, values: readonly string[]): NodeProto[] {
  const found = new Set<NodeProto>();
  const open = [...values];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    for (const node of graph.consumers(value)) {
      if (found.has(node)) continue;
      found.add(node);
      if (!endsOfGradients.has(operatorKey(node))) open.push(...node.output.filter((output) => output !== ''));
    }
  }
  return graph.nodes.filter((node) => found.has(node));
}

/** One sentence for each operator: a large model has hundreds of nodes alike. */
function describe(
  errors: readonly UnsupportedOperatorError[],
  trainable: readonly string[],
  untrainable: readonly string[],
): string {
  const alike = new Map<string, UnsupportedOperatorError[]>();
  for (const error of errors) alike.set(error.operator, [...(alike.get(error.operator) ?? []), error]);
  const sentences = [...alike].map(([operator, [first, ...others]]) =>
    others.length === 0
      ? first.message
      : `Nodes ${shortList([first, ...others].map(({ node }) => node))} can't be trained: there is no gradient rule for their operator ${operator}.`,
  );
  const without = `Without training, ${countOf(untrainable)} can still be compressed: ${shortList(untrainable)}.`;
  const rest =
    trainable.length > 0
      ? `${capital(countOf(trainable))} can be trained: ${shortList(trainable)}.`
      : 'No layer of this model can be trained.';
  return [...sentences, without, rest].join(' ');
}

/** Names that a sentence holds before the rest are only counted. */
const namedInFull = 3;

function shortList(names: readonly string[]): string {
  if (names.length <= namedInFull + 1) return names.join(', ');
  return `${names.slice(0, namedInFull).join(', ')} and ${names.length - namedInFull} more`;
}

function countOf(layers: readonly string[]): string {
  return layers.length === 1 ? 'one layer' : `${layers.length} layers`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
