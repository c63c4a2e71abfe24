import type { NodeProto } from '../../onnx/generated/onnx_pb';
import type { Graph } from '../../onnx/graph';
import { weightSource, type WeightSource } from '../../onnx/layerWeight';
import { layerNode, weightIsFirst } from '../../onnx/layers';
import type { Model } from '../../onnx/model';
import { toFloat64 } from '../../tensor/convert';
import type { ElementType, Tensor } from '../../tensor/tensor';
import { MethodError } from './errors';

/** A layer's weight in a model, found by the layer's name. */
export interface LayerKernel {
  readonly node: NodeProto;
  /** Which input of the node is the weight. */
  readonly input: 0 | 1;
  readonly source: WeightSource;
  readonly type: ElementType;
  /** Reads the elements as stored, as float64. */
  read(): Tensor<Float64Array>;
}

/** Finds a layer's weight. Throws a MethodError when it is not a stored tensor of numbers. */
export function layerKernel(model: Model, name: string): LayerKernel {
  const node = layerNode(model, name);
  const input = weightIsFirst(model.graph, node) ? 0 : 1;
  const source = weightSource(model.graph, node.input[input]);
  const type = source?.weight.elementType;
  if (!source || !type) {
    throw new MethodError(
      `Layer ${name} has no weight that is stored in the model.`,
      'Choose another layer, or keep this one as it is.',
      name,
    );
  }
  return { node, input, source, type, read: () => toFloat64(source.weight.tensor()) };
}

/** Takes a weight, and what led to it, out of the graph as far as nothing else reads it. */
export function dropUnused(graph: Graph, source: WeightSource): void {
  for (const value of source.values) {
    if (graph.consumers(value).length > 0 || graph.isOutput(value)) return;
    const node = graph.producer(value);
    if (node) graph.remove([node]);
    else graph.removeWeight(value);
  }
}
