import { fromBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { dirname } from 'node:path';
import { bufferSource, fileSource, type ByteSource } from './byteSource';
import { ModelFileError } from './errors';
import { inlineExternalAttributes, resolveExternalData, withoutLocation } from './externalData';
import { damaged, fieldsOf, gather, type Field } from './fields';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation as Location,
  TensorProtoSchema,
} from './generated/onnx_pb';
import { Model } from './model';
import { Weight } from './weight';
import { wireType } from './wire';

/** Initializers whose raw data is longer than this stay in the file until they are asked for. */
const lazyBytes = 1024;

const modelFields = { graph: 7 };
const graphFields = { initializer: 5 };
const tensorFields = { rawData: 9 };

/** The first version of the format whose models name their operator sets. */
const firstIrVersionWithOpsets = 3n;

/**
 * Opens a model file. Structure is read, large weights are not: time and memory go with the number of nodes. External
 * data is taken as part of the model: written again, it lies in the file or beside it as `writeModel` is told.
 *
 * Throws a ModelFileError that says what is wrong, and at which byte, when the file is not an ONNX model, and when its
 * external data is missing or outside its folder.
 */
export function readModel(path: string): Model {
  const source = fileSource(path);
  try {
    return parseModel(source);
  } finally {
    source.close();
  }
}

/**
 * A model from the bytes of a file that lies in memory. Large weights are views of `bytes`, which must not change.
 * External data stays where it is: its weights can't be read, but are written as they were.
 */
export function decodeModel(bytes: Uint8Array): Model {
  return parseModel(bufferSource(bytes));
}

function parseModel(source: ByteSource): Model {
  const { path } = source;
  if (source.length === 0) throw new ModelFileError(`${path ?? 'The model'} is empty.`, 'Export the model again.');
  const rest: Place[] = [];
  const graphParts: Place[] = [];
  const weights: Weight[] = [];
  let hasGraph = false;
  for (const field of fieldsOf(source, 0, source.length)) {
    if (field.number === modelFields.graph && field.type === wireType.bytes) {
      hasGraph = true;
      // A message that comes in several pieces is their union.
      for (const inner of fieldsOf(source, field.start, field.end)) {
        if (inner.number === graphFields.initializer && inner.type === wireType.bytes) {
          weights.push(parseWeight(source, inner));
        } else graphParts.push(whole(inner));
      }
    } else rest.push(whole(field));
  }
  const proto = decode(ModelProtoSchema, source, rest);
  const notOnnx = (why: string): ModelFileError =>
    new ModelFileError(
      `${path ?? 'The file'} is not an ONNX model: ${why}.`,
      'Give an .onnx file as an exporter wrote it.',
    );
  if (!hasGraph && proto.functions.length === 0) throw notOnnx('it holds no graph');
  if (proto.opsetImport.length === 0 && (proto.irVersion <= 0n || proto.irVersion >= firstIrVersionWithOpsets))
    throw notOnnx('it names no operator set');
  proto.graph = decode(GraphProtoSchema, source, graphParts);
  if (path !== undefined) inlineExternalAttributes(proto, dirname(path));
  const model = new Model(proto, path);
  model.graph.addWeights(weights);
  return model;
}

function parseWeight(source: ByteSource, field: Field): Weight {
  const parts: Place[] = [];
  let raw: Field | undefined;
  for (const inner of fieldsOf(source, field.start, field.end)) {
    if (inner.number === tensorFields.rawData && inner.type === wireType.bytes) raw = inner;
    else parts.push(whole(inner));
  }
  const length = raw ? raw.end - raw.start : 0;
  if (raw && length <= lazyBytes) parts.push(whole(raw));
  const proto = decode(TensorProtoSchema, source, parts, field.start);
  const { path } = source;
  if (proto.dataLocation === Location.EXTERNAL) {
    if (path !== undefined) return new Weight(withoutLocation(proto), resolveExternalData(proto, dirname(path)));
  }
  if (!raw || length <= lazyBytes) return new Weight(proto);
  if (path !== undefined) return new Weight(proto, { path, offset: raw.start, length });
  proto.rawData = source.read(raw.start, length);
  return new Weight(proto);
}

interface Place {
  readonly start: number;
  readonly end: number;
}

/** A field with its tag. */
function whole(field: Field): Place {
  return { start: field.tagStart, end: field.end };
}

function decode<D extends DescMessage>(
  schema: D,
  source: ByteSource,
  places: readonly Place[],
  at = 0,
): MessageShape<D> {
  const bytes = gather(source, places);
  try {
    return fromBinary(schema, bytes);
  } catch {
    throw damaged(source, places[0]?.start ?? at);
  }
}
