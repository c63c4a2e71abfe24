import { create } from '@bufbuild/protobuf';
import {
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  type NodeProto,
  type TensorProto,
} from './generated/onnx_pb';

/** What a Constant node holds, as a tensor; `undefined` for strings and sparse tensors. */
export function constantTensor(node: NodeProto): TensorProto | undefined {
  for (const attribute of node.attribute) {
    switch (attribute.name) {
      case 'value':
        return attribute.t;
      case 'value_float':
        return create(TensorProtoSchema, { dataType: DataType.FLOAT, floatData: [attribute.f] });
      case 'value_floats':
        return create(TensorProtoSchema, {
          dataType: DataType.FLOAT,
          dims: [BigInt(attribute.floats.length)],
          floatData: [...attribute.floats],
        });
      case 'value_int':
        return create(TensorProtoSchema, { dataType: DataType.INT64, int64Data: [attribute.i] });
      case 'value_ints':
        return create(TensorProtoSchema, {
          dataType: DataType.INT64,
          dims: [BigInt(attribute.ints.length)],
          int64Data: [...attribute.ints],
        });
    }
  }
  return undefined;
}
