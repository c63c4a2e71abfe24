import { create } from '@bufbuild/protobuf';
import { FunctionProtoSchema, OperatorSetIdProtoSchema } from '../onnx/generated/onnx_pb';
import { makeNode } from '../onnx/graph';
import { buildOpset, type GraphBuilder } from '../onnx/graphBuilder';

const domain = 'layerwise';
const opType = 'StopGradient';

/**
 * `value` as it is, through which no gradient passes: what straight-through estimators are made of. The model gets a local
 * function for the operator, so that a runtime that does not know it can still execute the graph and infer its shapes.
 */
export function stopGradient(builder: GraphBuilder, value: string): string {
  const { proto } = builder.model;
  if (!proto.functions.some((known) => known.domain === domain && known.name === opType)) {
    proto.functions.push(
      create(FunctionProtoSchema, {
        domain,
        name: opType,
        input: ['x'],
        output: ['y'],
        node: [makeNode('Identity', ['x'], ['y'])],
        opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: BigInt(buildOpset) })],
      }),
    );
  }
  return builder.op(opType, [value], {}, { domain });
}
