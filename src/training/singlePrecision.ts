import { findAttribute, setAttribute } from '../onnx/attributes';
import { dimsOf, makeValueInfo } from '../onnx/graph';
import type { Model } from '../onnx/model';
import { castTo, toFloat32 } from '../tensor/convert';
import { tensorFromProto } from '../onnx/tensorProto';
import { TensorProto_DataType as DataType } from '../onnx/generated/onnx_pb';

/** Data types that training computes in float32 instead. */
const halves: readonly number[] = [DataType.FLOAT16, DataType.BFLOAT16];

/**
 * The model with all half-precision weights, inputs, constants and casts in float32, in place: training steps computed
 * in half precision lose small updates. Returns the model.
 */
export function toSinglePrecision(model: Model): Model {
  const { graph } = model;
  for (const [name, weight] of [...graph.weights]) {
    if (halves.includes(weight.proto.dataType)) graph.setWeight(name, toFloat32(weight.tensor()));
  }
  graph.proto.valueInfo = [];
  for (const list of [graph.proto.input, graph.proto.output]) {
    for (const [i, info] of list.entries()) {
      const type = info.type?.value;
      if (type?.case === 'tensorType' && halves.includes(type.value.elemType)) {
        list[i] = makeValueInfo(info.name, 'float32', dimsOf(info));
      }
    }
  }
  for (const node of graph.nodes) {
    const to = findAttribute(node, 'to');
    if (node.opType === 'Cast' && to && halves.includes(Number(to.i))) setAttribute(node, 'to', DataType.FLOAT);
    const value = findAttribute(node, 'value')?.t;
    if (value && halves.includes(value.dataType)) {
      setAttribute(node, 'value', { tensor: castTo(tensorFromProto(value), 'float32') });
    }
  }
  return model;
}
