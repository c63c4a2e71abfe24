import type { NodeProto } from '../../onnx/generated/onnx_pb';

/** Gives a node what another carries beside its operator: documentation, metadata, fields of newer format versions. */
export function keepMetadata(node: NodeProto, from: NodeProto): NodeProto {
  node.docString = from.docString;
  node.metadataProps = [...from.metadataProps];
  node.$unknown = from.$unknown && [...from.$unknown];
  return node;
}
