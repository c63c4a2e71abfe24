import { create, toBinary } from '@bufbuild/protobuf';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { AtomicFiles } from './atomicFile';
import { ModelFileError } from './errors';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation as Location,
  TensorProtoSchema,
  type TensorProto,
} from './generated/onnx_pb';
import type { Model } from './model';
import { shallowCopy } from './shallowCopy';
import type { Weight } from './weight';
import { fieldHeader } from './wire';

const fields = { graph: 7, initializer: 5, rawData: 9 };

/** A protobuf message can't be longer than this; larger models need external data. */
const messageLimit = 2 ** 31 - 1;

/** Weights of more than this go to external data: the rest of a message is left to the structure. */
const inlineLimit = messageLimit * 0.9;

/** In external data, tensors start at multiples of this, so that runtimes can map the file. */
const alignment = 4096;

/** Tensors shorter than this stay in the model file even when the others go to external data. */
const externalBytes = 1024;

/**
 * The model as the bytes of a file, all weights inside. The same model always gives the same bytes.
 * Throws a ModelFileError when they would pass 2 GB.
 */
export function encodeModel(model: Model): Uint8Array {
  const pieces = [...encodePieces(model, inlineTensor)];
  return Buffer.concat(pieces.map((piece) => (piece instanceof Uint8Array ? piece : piece.rawBytes())));
}

export interface WriteOptions {
  /** Put large weights into a file of this name beside the model; done anyway when the model would pass 2 GB. */
  readonly externalData?: string;
}

/**
 * Writes the model: to a temporary file in the same folder, flushed, then renamed, so that the path never holds half
 * a model. Weights are inside unless `externalData` says otherwise, wherever they were read from; those that lie
 * in files are copied piece by piece.
 *
 * Throws a ModelFileError when the folder can't be written, and rather than overwrite a file that weights are still
 * read from.
 */
export function writeModel(model: Model, path: string, options: WriteOptions = {}): void {
  const weights = [...model.graph.weights.values()];
  const total = weights.reduce((sum, weight) => sum + weight.byteLength, 0);
  const external = options.externalData ?? (total > inlineLimit ? `${basename(path)}.data` : undefined);
  if (external !== undefined && (external !== basename(external) || external === basename(path)))
    throw new ModelFileError(`${external} is no name for a weights file.`, 'Give a name beside that of the model.');
  const files = new AtomicFiles();
  const begin = (target: string): ((bytes: Uint8Array) => void) => {
    refuseSource(weights, target);
    return files.begin(target);
  };
  try {
    const pieces =
      external === undefined
        ? encodePieces(model, inlineTensor)
        : [...encodePieces(model, externalPlace(external, begin(join(dirname(path), external))))];
    const append = begin(path);
    for (const piece of pieces) {
      if (piece instanceof Uint8Array) append(piece);
      else for (const chunk of piece.rawChunks()) append(chunk);
    }
    files.commit();
  } catch (error) {
    files.discard();
    throw unwritable(path, error);
  }
}

/** Part of a file: bytes, or the raw data of a weight, which need not be in memory. */
type Piece = Uint8Array | Weight;

interface EncodedTensor {
  readonly length: number;
  readonly pieces: readonly Piece[];
}

/** The file's bytes in order. */
function* encodePieces(model: Model, place: (weight: Weight) => EncodedTensor): Generator<Piece> {
  const { graph } = model;
  yield toBinary(ModelProtoSchema, model.proto);
  const structure = toBinary(GraphProtoSchema, graph.proto);
  const tensors = [...graph.weights.values()].map(place);
  const headers = tensors.map((tensor) => fieldHeader(fields.initializer, tensor.length));
  const length = tensors.reduce((sum, tensor, i) => sum + headers[i].length + tensor.length, structure.length);
  if (length > messageLimit) {
    throw new ModelFileError(
      `The model takes ${length} bytes, more than the 2 GB that one ONNX file can hold.`,
      'Write it with its weights in external data.',
    );
  }
  if (length === 0) return; // a file of functions without a graph
  yield fieldHeader(fields.graph, length);
  yield structure;
  for (const [i, tensor] of tensors.entries()) {
    yield headers[i];
    yield* tensor.pieces;
  }
}

/** The tensor with its raw data last, read from its file or taken as it is, without a copy. */
function inlineTensor(weight: Weight): EncodedTensor {
  const raw = weight.range?.length ?? weight.proto.rawData.length;
  if (raw === 0) {
    const bytes = toBinary(TensorProtoSchema, weight.proto);
    return { length: bytes.length, pieces: [bytes] };
  }
  const rest = toBinary(TensorProtoSchema, withoutRawData(weight.proto));
  const header = fieldHeader(fields.rawData, raw);
  return { length: rest.length + header.length + raw, pieces: [rest, header, weight] };
}

/** Places large tensors one after the other into a file, which `append` writes. */
function externalPlace(location: string, append: (bytes: Uint8Array) => void): (weight: Weight) => EncodedTensor {
  let end = 0;
  return (weight) => {
    const length = weight.range?.length ?? weight.proto.rawData.length;
    if (length < externalBytes) return inlineTensor(weight);
    const offset = Math.ceil(end / alignment) * alignment;
    append(new Uint8Array(offset - end));
    for (const chunk of weight.rawChunks()) append(chunk);
    end = offset + length;
    const entry = shallowCopy(withoutRawData(weight.proto), {
      dataLocation: Location.EXTERNAL,
      externalData: Object.entries({ location, offset, length }).map(([key, value]) =>
        create(StringStringEntryProtoSchema, { key, value: String(value) }),
      ),
    });
    const bytes = toBinary(TensorProtoSchema, entry);
    return { length: bytes.length, pieces: [bytes] };
  };
}

function withoutRawData(proto: TensorProto): TensorProto {
  const copy: Partial<TensorProto> = shallowCopy(proto, {});
  delete copy.rawData;
  return copy as TensorProto;
}

/** Throws when the target is, under whatever name, a file that weights are read from. */
function refuseSource(weights: readonly Weight[], target: string): void {
  const existing = fs.statSync(target, { throwIfNoEntry: false });
  if (existing?.isDirectory()) throw new ModelFileError(`${target} is a folder.`, 'Give the path of a file.');
  if (!existing) return;
  for (const source of new Set(weights.map((weight) => weight.range?.path))) {
    const stat = source === undefined ? undefined : fs.statSync(source, { throwIfNoEntry: false });
    if (stat && stat.ino === existing.ino && stat.dev === existing.dev)
      throw new ModelFileError(`${target} is the file the weights are read from.`, 'Write to another file.');
  }
}

/** What the system says about a path, as a sentence; other errors as they are. */
function unwritable(path: string, error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (ModelFileError.is(error) || syscall === undefined) return error;
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new ModelFileError(`${path} can't be written: permission denied.`, 'Choose another folder with --out.');
    case 'ENOENT':
    case 'ENOTDIR':
      return new ModelFileError(`The folder of ${path} does not exist.`, 'Create it or choose another.');
    case 'ENOSPC':
    case 'EDQUOT':
      return new ModelFileError(`The disk is full; ${path} was not written.`, 'Free some space and try again.');
    default:
      return new ModelFileError(`${path} can't be written: ${message}.`, 'Choose another path with --out.');
  }
}
