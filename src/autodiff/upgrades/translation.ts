import type { AttributeValue } from '../../onnx/attributes';
import type { NodeProto } from '../../onnx/generated/onnx_pb';
import { makeNode } from '../../onnx/graph';
import type { ElementType, Tensor } from '../../tensor/tensor';

/** What a translation sees of the graph and writes its nodes into. */
export interface TranslationContext {
  /** Operator set the node was written in. */
  readonly opset: number;
  readonly fresh: (stem: string) => string;
  /** Declared element type of a value, float32 where nothing is declared. */
  readonly typeOf: (value: string) => ElementType;
  readonly constantOf: (value: string) => Tensor | undefined;
  /** The nodes that stand for the one translated, in order. */
  readonly nodes: NodeProto[];
}

/** Writes the equivalent of a node in operator set `buildOpset`. */
export type Translation = (node: NodeProto, context: TranslationContext) => void;

/** Appends a node; returns its result, which is named by `output` or anew. */
export function emit(
  { nodes, fresh }: TranslationContext,
  opType: string,
  inputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  { output = fresh(opType.toLowerCase()), domain = '', name = '' } = {},
): string {
  nodes.push(makeNode(opType, inputs, [output], attributes, { domain, name }));
  return output;
}

/** Appends a constant. Nodes, because a subgraph has no weights of its own that we edit. */
export function emitConstant(context: TranslationContext, tensor: Tensor): string {
  return emit(context, 'Constant', [], { value: { tensor } });
}

/** Takes an attribute away from a node. */
export function removeAttribute(node: NodeProto, name: string): void {
  node.attribute = node.attribute.filter((attribute) => attribute.name !== name);
}
