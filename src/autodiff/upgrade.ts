import { clone } from '@bufbuild/protobuf';
import { GraphProtoSchema, NodeProtoSchema, type GraphProto, type NodeProto } from '../onnx/generated/onnx_pb';
import type { Graph } from '../onnx/graph';
import { buildOpset } from '../onnx/graphBuilder';
import type { Model } from '../onnx/model';
import { elementType } from '../onnx/tensorProto';
import type { ElementType } from '../tensor/tensor';
import { UnsupportedOperatorError, UnsupportedOpsetError } from './errors';
import { movedAttributes } from './upgrades/attributesToInputs';
import { changedMeanings } from './upgrades/changedMeanings';
import type { Translation, TranslationContext } from './upgrades/translation';

/** The oldest operator set that is read: broadcasting and the inputs of Reshape were different before. */
export const oldestOpset = 7;

const translations: ReadonlyMap<string, Translation> = new Map([...movedAttributes, ...changedMeanings]);

/** Operators that came after `buildOpset` and are not translated. */
const tooNew: ReadonlySet<string> = new Set([
  'DeformConv',
  'AffineGrid',
  'Attention',
  'RMSNormalization',
  'RotaryEmbedding',
  'Swish',
  'TensorScatter',
]);

/** Operators that are trained by way of those they are translated to. */
export const translatedOperators: readonly string[] = ['Gelu', 'GroupNormalization', 'Scatter', 'Upsample'];

/**
 * A copy of the model in the operator set that training graphs are built in, with the same results: attributes that
 * became inputs, defaults and meanings that changed. Names of inputs, outputs and weights stay; weights are not copied.
 * Throws an UnsupportedOpsetError for models before operator set 7, and an UnsupportedOperatorError that names the node where something can't be said in that operator set.
 */
export function upgradeToBuildOpset(model: Model): Model {
  const opset = model.opset();
  if (opset < oldestOpset) throw new UnsupportedOpsetError(opset, oldestOpset);
  const copy = model.clone();
  const { graph } = copy;
  const types = declaredTypes(graph.proto);
  const context = {
    opset,
    fresh: (stem: string) => graph.uniqueName(`upgraded_${stem}`),
    typeOf: (value: string): ElementType => graph.weights.get(value)?.elementType ?? types.get(value) ?? 'float32',
    constantOf: (value: string) => graph.constant(value)?.tensor(),
  };
  const nodes = upgradedNodes(graph.nodes, context);
  graph.proto.node = nodes;
  graph.changed();
  for (const node of nodes) if (node.domain) copy.importOpset(node.domain, 1);
  for (const entry of copy.proto.opsetImport) {
    if (entry.domain === '' || entry.domain === 'ai.onnx') entry.version = BigInt(buildOpset);
  }
  return copy;
}

function upgradedNodes(nodes: readonly NodeProto[], base: Omit<TranslationContext, 'nodes'>): NodeProto[] {
  const result: NodeProto[] = [];
  for (const node of nodes) {
    const own = clone(NodeProtoSchema, node);
    for (const attribute of own.attribute) {
      if (attribute.g) attribute.g = upgradedSubgraph(attribute.g, base);
      attribute.graphs = attribute.graphs.map((inner) => upgradedSubgraph(inner, base));
    }
    const standard = own.domain === '' || own.domain === 'ai.onnx';
    const translate = standard ? translations.get(own.opType) : undefined;
    if (standard && tooNew.has(own.opType)) throw new UnsupportedOperatorError(own);
    if (translate) translate(own, { ...base, nodes: result });
    else result.push(own);
  }
  return result;
}

function upgradedSubgraph(subgraph: GraphProto, base: Omit<TranslationContext, 'nodes'>): GraphProto {
  const copy = clone(GraphProtoSchema, subgraph);
  copy.node = upgradedNodes(copy.node, base);
  return copy;
}

/** Element types that the graph declares for its values. */
function declaredTypes(proto: Graph['proto']): Map<string, ElementType> {
  const types = new Map<string, ElementType>();
  for (const info of [...proto.input, ...proto.output, ...proto.valueInfo]) {
    const type = info.type?.value.case === 'tensorType' ? elementType(info.type.value.value.elemType) : undefined;
    if (type) types.set(info.name, type);
  }
  return types;
}
