import { clone } from '@bufbuild/protobuf';
import { NodeProtoSchema, type NodeProto } from '../onnx/generated/onnx_pb';
import { makeValueInfo, type Graph } from '../onnx/graph';
import { layerNode, weightIsFirst, type Layer } from '../onnx/layers';
import { Model } from '../onnx/model';
import { Weight } from '../onnx/weight';
import type { ElementType } from '../tensor/tensor';
import { HardwareError } from './errors';

/** Activations that the runtime computes inside the layer before them. */
const fusedActivations = new Set(['Relu', 'LeakyRelu', 'Sigmoid', 'Tanh', 'Clip', 'HardSigmoid']);

/**
 * A model of one layer with what the runtime fuses into it: the layer, an addition of a constant, a BatchNormalization,
 * an activation; one sample, the layer's weights, all names as they were, so that a method can be applied to it. Adding
 * a residual is left out: its cost does not depend on the layer's form.
 * @param shapes the types of the model's values
 * Throws a HardwareError when the sizes of the layer's input are not known.
 */
export function blockModel(
  model: Model,
  layer: Layer,
  shapes: ReadonlyMap<string, { readonly type: ElementType }>,
  name = layer.name,
): Model {
  if (layer.openSizes.length > 0) {
    throw new HardwareError(
      `The time of layer ${layer.name} depends on sizes that are known only at run time (${layer.openSizes.join(', ')}).`,
      'Say which sizes of the inputs to use with --shape.',
    );
  }
  const { graph } = model;
  const node = layerNode(model, layer.name);
  const data = node.input[weightIsFirst(graph, node) ? 1 : 0];
  const block = Model.empty(name, {});
  block.proto.irVersion = model.proto.irVersion;
  block.proto.opsetImport = [...model.proto.opsetImport];
  const copy = new BlockCopy(graph, block.graph);
  block.graph.proto.input.push(makeValueInfo(data, typeOf(data, shapes), layer.inputDims));
  copy.add(node, data);
  let value = node.output[0];
  for (const next of fusedAfter(graph, value)) {
    copy.add(next, value);
    value = next.output[0];
  }
  block.graph.proto.output.push(makeValueInfo(value, typeOf(value, shapes), undefined));
  block.graph.changed();
  return block;
}

function typeOf(value: string, shapes: ReadonlyMap<string, { readonly type: ElementType }>): ElementType {
  return shapes.get(value)?.type ?? 'float32';
}

/** The nodes after a layer that the runtime takes into it, in order. */
function fusedAfter(graph: Graph, output: string): NodeProto[] {
  const chain: NodeProto[] = [];
  let value = output;
  const next = (accepts: (node: NodeProto) => boolean): void => {
    const readers = graph.consumers(value);
    if (readers.length !== 1 || graph.isOutput(value) || !accepts(readers[0])) return;
    chain.push(readers[0]);
    value = readers[0].output[0];
  };
  next((node) => node.opType === 'Add' && node.input.some((input) => graph.constant(input) !== undefined));
  next((node) => node.opType === 'BatchNormalization' && node.input[0] === value);
  next((node) => fusedActivations.has(node.opType) && node.input[0] === value);
  return chain;
}

/** Copies nodes with everything constant that they read. */
class BlockCopy {
  private readonly done = new Set<NodeProto>();

  constructor(
    private readonly from: Graph,
    private readonly to: Graph,
  ) {}

  /** @param data the input that stays an input of the block, or is computed there already */
  add(node: NodeProto, data?: string): void {
    if (this.done.has(node)) return;
    this.done.add(node);
    for (const value of node.input) {
      if (value === '' || value === data) continue;
      const weight = this.from.weights.get(value);
      const producer = this.from.producer(value);
      if (weight) this.to.weights.set(value, new Weight(weight.proto, weight.range));
      else if (producer) this.add(producer);
      else {
        throw new HardwareError(
          `Node ${node.name || node.output[0]} reads the input ${value} of the model beside its data.`,
          'Such a layer is measured with the whole model only.',
        );
      }
    }
    this.to.proto.node.push(clone(NodeProtoSchema, node));
  }
}
