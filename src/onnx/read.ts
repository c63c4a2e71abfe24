import { fromBinary } from '@bufbuild/protobuf';
import { dirname } from 'node:path';
import { bufferSource, fileSource, type ByteSource } from './byteSource';
import { ModelFileError } from './errors';
import { resolveExternalData } from './externalData';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation as Location,
  TensorProtoSchema,
  type TensorProto,
} from './generated/onnx_pb';
import { Model } from './model';
import { shallowCopy } from './shallowCopy';
import { Weight } from './weight';
import { wireType } from './wire';

/** Initializers whose raw data is longer than this stay in the file until they are asked for. */
const lazyBytes = 1024;

const modelFields = { graph: 7 };
const graphFields = { initializer: 5 };
const tensorFields = { rawData: 9 };

/**
 * Opens a model file. Structure is read, large weights are not: time and memory go with the number of nodes.
 * Throws a ModelFileError that says what is wrong, and at which byte, when the file is not an ONNX model.
 */
export function readModel(path: string): Model {
  const source = fileSource(path);
  try {
    return parseModel(source);
  } finally {
    source.close();
  }
}

/** A model from the bytes of a file that lies in memory. */
export function decodeModel(bytes: Uint8Array): Model {
  return parseModel(bufferSource(bytes));
}

function parseModel(source: ByteSource): Model {
  const { path } = source;
  if (source.length === 0) throw new ModelFileError(`${path ?? 'The model'} is empty.`, 'Export the model again.');
  const rest: Uint8Array[] = [];
  const graphParts: Uint8Array[] = [];
  const weights: Weight[] = [];
  for (const field of fieldsOf(source, 0, source.length)) {
    if (field.number === modelFields.graph && field.type === wireType.bytes) {
      for (const inner of fieldsOf(source, field.start, field.end)) {
        if (inner.number === graphFields.initializer && inner.type === wireType.bytes) {
          weights.push(parseWeight(source, inner));
        } else graphParts.push(copyOf(source, inner.tagStart, inner.end));
      }
    } else rest.push(copyOf(source, field.tagStart, field.end));
  }
  const proto = guard(source, () => fromBinary(ModelProtoSchema, Buffer.concat(rest)));
  proto.graph = guard(source, () => fromBinary(GraphProtoSchema, Buffer.concat(graphParts)));
  if (proto.opsetImport.length === 0 || (graphParts.length === 0 && weights.length === 0)) {
    throw new ModelFileError(
      `${path ?? 'The file'} is not an ONNX model: it names no operator set.`,
      'Give an .onnx file as an exporter wrote it.',
    );
  }
  const model = new Model(proto, path);
  for (const weight of weights) model.graph.weights.set(weight.name, weight);
  return model;
}

function parseWeight(source: ByteSource, field: Field): Weight {
  const parts: Uint8Array[] = [];
  let range: Weight['range'];
  for (const inner of fieldsOf(source, field.start, field.end)) {
    const length = inner.end - inner.start;
    if (inner.number === tensorFields.rawData && source.path !== undefined && length > lazyBytes) {
      range = { path: source.path, offset: inner.start, length };
    } else parts.push(copyOf(source, inner.tagStart, inner.end));
  }
  const proto = guard(source, () => fromBinary(TensorProtoSchema, Buffer.concat(parts)), field.start);
  if (proto.dataLocation === Location.EXTERNAL && source.path !== undefined) {
    return new Weight(inMemory(proto), resolveExternalData(proto, dirname(source.path)));
  }
  return new Weight(proto, range);
}

/** The tensor without its external location, which a copy of the model elsewhere would resolve to another file. */
function inMemory(proto: TensorProto): TensorProto {
  return shallowCopy(proto, { externalData: [], dataLocation: Location.DEFAULT });
}

interface Field {
  readonly number: number;
  readonly type: number;
  readonly tagStart: number;
  /** First byte of the content (after the length, for length-delimited fields). */
  readonly start: number;
  readonly end: number;
}

/** Walks over the fields of a message that lies at [offset, end) without reading their contents. */
function* fieldsOf(source: ByteSource, offset: number, end: number): Generator<Field> {
  let at = offset;
  const varint = (): number => {
    const from = at;
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const [byte] = at < end ? source.read(at, 1) : [];
      if (byte === undefined || at - from > 9) throw damaged(source, from);
      at++;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < end) {
    const tagStart = at;
    const tag = varint();
    const type = tag % 8;
    const number = Math.floor(tag / 8);
    if (number === 0) throw damaged(source, tagStart);
    let start = at;
    if (type === wireType.varint) varint();
    else if (type === wireType.fixed64) at += 8;
    else if (type === wireType.fixed32) at += 4;
    else if (type === wireType.bytes) {
      const length = varint();
      start = at;
      at += length;
    } else throw damaged(source, tagStart);
    if (at > end) throw damaged(source, tagStart);
    yield { number, type, tagStart, start, end: at };
  }
}

function damaged(source: ByteSource, at: number): ModelFileError {
  return new ModelFileError(
    `${source.path ?? 'The file'} is not a whole ONNX model: what stands at byte ${at} of ${source.length} can't be read.`,
    'It may have been cut short or be of another format; export or copy it again.',
    at,
  );
}

function copyOf(source: ByteSource, start: number, end: number): Uint8Array {
  return Uint8Array.from(source.read(start, end - start));
}

function guard<T>(source: ByteSource, parse: () => T, at = 0): T {
  try {
    return parse();
  } catch {
    throw damaged(source, at);
  }
}
