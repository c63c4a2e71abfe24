import { existsSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { ModelFileError } from './errors';
import {
  TensorProto_DataLocation as Location,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from './generated/onnx_pb';
import { shallowCopy } from './shallowCopy';
import { bitsPerElement } from './tensorProto';
import { Weight, type ByteRange } from './weight';

/**
 * Where the elements of an external tensor lie. The file must be inside the model's folder, symbolic links followed:
 * a model from elsewhere must not make us read other files.
 */
export function resolveExternalData(proto: TensorProto, folder: string): ByteRange {
  const entry = (key: string): string | undefined => proto.externalData.find((item) => item.key === key)?.value;
  const location = entry('location');
  if (!location)
    throw new ModelFileError(
      `Tensor ${proto.name} says that its data is external but not where.`,
      'Export the model again.',
    );
  const path = resolve(folder, location);
  const outside =
    isAbsolute(location) ||
    !isInside(folder, path) ||
    (existsSync(path) && !isInside(realpathSync(folder), realpathSync(path)));
  if (outside) {
    throw new ModelFileError(
      `Tensor ${proto.name} points to ${location}, outside the model's folder.`,
      'Put the weights file beside the model and refer to it by its name.',
    );
  }
  // The system takes no path with a zero byte; there is no such file then.
  const stat = path.includes('\0') ? undefined : statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile()) {
    throw new ModelFileError(
      `The weights file ${location} that the model refers to is missing.`,
      `Put it into ${folder}.`,
    );
  }
  const elements = proto.dims.reduce((product, dim) => product * Number(dim), 1);
  const offset = wholeNumber(entry('offset') ?? '0');
  const length = wholeNumber(entry('length') ?? String(Math.ceil((elements * bitsPerElement(proto.dataType)) / 8)));
  if (offset === undefined || length === undefined) {
    throw new ModelFileError(
      `Tensor ${proto.name} has a place in ${location} that is no place: offset ${entry('offset')}, length ${entry('length')}.`,
      'Export the model again.',
    );
  }
  if (offset + length > stat.size) {
    throw new ModelFileError(
      `Tensor ${proto.name} should lie at bytes ${offset} to ${offset + length} of ${location}, which has ${stat.size}.`,
      'The weights file does not belong to this model or was cut short.',
    );
  }
  return { path, offset, length };
}

/** Whether a path lies below a folder. */
function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function wholeNumber(text: string): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : undefined;
}

/** The tensor without its external location, which a copy of the model elsewhere would resolve to another file. */
export function withoutLocation(proto: TensorProto): TensorProto {
  const copy: Partial<TensorProto> = shallowCopy(proto, { externalData: [] });
  delete copy.dataLocation;
  return copy as TensorProto;
}

/**
 * Reads the external data of tensors that are attributes (Constant nodes, weights of subgraphs) into the model. There
 * are few of them, and as part of a node's message they have to be in memory.
 */
export function inlineExternalAttributes(proto: ModelProto, folder: string): void {
  const inline = (tensor: TensorProto): TensorProto => {
    if (tensor.dataLocation !== Location.EXTERNAL) return tensor;
    const read = new Weight(tensor, resolveExternalData(tensor, folder));
    return shallowCopy(withoutLocation(tensor), { rawData: read.rawBytes() });
  };
  const inAttribute = (attribute: AttributeProto): void => {
    if (attribute.t) attribute.t = inline(attribute.t);
    attribute.tensors = attribute.tensors.map(inline);
    for (const graph of [...(attribute.g ? [attribute.g] : []), ...attribute.graphs]) inGraph(graph);
  };
  const inNodes = (nodes: readonly NodeProto[]): void => {
    for (const node of nodes) node.attribute.forEach(inAttribute);
  };
  const inGraph = (graph: GraphProto): void => {
    graph.initializer = graph.initializer.map(inline);
    inNodes(graph.node);
  };
  if (proto.graph) inGraph(proto.graph);
  for (const one of proto.functions) inNodes(one.node);
}
