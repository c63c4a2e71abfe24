import { create, toBinary } from '@bufbuild/protobuf';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ModelFileError } from './errors';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation as Location,
  TensorProtoSchema,
} from './generated/onnx_pb';
import type { Model } from './model';
import { shallowCopy } from './shallowCopy';
import type { Weight } from './weight';
import { fieldHeader } from './wire';

/** A protobuf message can't be longer than this; larger models need external data. */
const messageLimit = 2 ** 31 - 1;

/** In external data, tensors start at multiples of this, so that runtimes can map the file. */
const alignment = 4096;

/** Tensors shorter than this stay in the model file even when the others go to external data. */
const externalBytes = 1024;

/** The model as the bytes of a file, all weights inside. The same model always gives the same bytes. */
export function encodeModel(model: Model): Uint8Array {
  const pieces = [...encodePieces(model, (weight) => inlineTensor(weight))];
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'function' ? piece() : piece)));
}

export interface WriteOptions {
  /** Put large weights into a file of this name beside the model; done anyway when the model would pass 2 GB. */
  readonly externalData?: string;
}

/**
 * Writes the model: to a temporary file in the same folder, flushed, then renamed, so that the path never holds half
 * a model. Refuses to overwrite the file that the model's weights are still read from.
 */
export function writeModel(model: Model, path: string, options: WriteOptions = {}): void {
  const total = [...model.graph.weights.values()].reduce((sum, weight) => sum + weight.byteLength, 0);
  // Room for the structure beside the weights.
  const external = options.externalData ?? (total > messageLimit * 0.9 ? `${basename(path)}.data` : undefined);
  const written: { temporary: string; path: string }[] = [];
  const begin = (target: string): AtomicFile => {
    if ([...model.graph.weights.values()].some((weight) => weight.range?.path === target)) {
      throw new ModelFileError(`${target} is the file the weights are read from.`, 'Write to another file.');
    }
    const file = openAtomic(target);
    written.push({ temporary: file.temporary, path: target });
    return file;
  };
  try {
    let place = inlineTensor;
    if (external) {
      const data = begin(join(dirname(path), external));
      let offset = 0;
      place = (weight) => {
        if (weight.byteLength < externalBytes || weight.rawBytes().length === 0) return inlineTensor(weight);
        const bytes = weight.rawBytes();
        const padding = (alignment - (offset % alignment)) % alignment;
        data.write(new Uint8Array(padding));
        data.write(bytes);
        const entry = externalTensor(weight, external, offset + padding, bytes.length);
        offset += padding + bytes.length;
        return entry;
      };
      const pieces = [...encodePieces(model, place)];
      data.finish();
      writePieces(begin(path), pieces);
    } else writePieces(begin(path), encodePieces(model, place));
    for (const file of written) fs.renameSync(file.temporary, file.path);
  } catch (error) {
    for (const file of written) fs.rmSync(file.temporary, { force: true });
    throw ModelFileError.is(error) ? error : unwritable(path, error as NodeJS.ErrnoException);
  }
}

type Piece = Uint8Array | (() => Uint8Array);

interface EncodedTensor {
  readonly length: number;
  readonly pieces: readonly Piece[];
}

/** The file's bytes in order; weights come as functions, so that only one is in memory at a time. */
function* encodePieces(model: Model, place: (weight: Weight) => EncodedTensor): Generator<Piece> {
  const { graph } = model;
  const structure = toBinary(GraphProtoSchema, shallowCopy(graph.proto, { initializer: [] }));
  const tensors = [...graph.weights.values()].map(place);
  const headers = tensors.map((tensor) => fieldHeader(5, tensor.length));
  const graphLength = tensors.reduce((sum, tensor, i) => sum + headers[i].length + tensor.length, structure.length);
  yield toBinary(ModelProtoSchema, model.proto);
  yield fieldHeader(7, graphLength);
  yield structure;
  for (const [i, tensor] of tensors.entries()) {
    yield headers[i];
    yield* tensor.pieces;
  }
}

function inlineTensor(weight: Weight): EncodedTensor {
  const { range } = weight;
  if (!range) {
    const bytes = toBinary(TensorProtoSchema, weight.proto);
    return { length: bytes.length, pieces: [bytes] };
  }
  const rest = toBinary(TensorProtoSchema, shallowCopy(weight.proto, { rawData: new Uint8Array(0) }));
  const header = fieldHeader(9, range.length);
  return { length: rest.length + header.length + range.length, pieces: [rest, header, () => weight.rawBytes()] };
}

function externalTensor(weight: Weight, location: string, offset: number, length: number): EncodedTensor {
  const entry = shallowCopy(weight.proto, {
    dataLocation: Location.EXTERNAL,
    externalData: Object.entries({ location, offset, length }).map(([key, value]) =>
      create(StringStringEntryProtoSchema, { key, value: String(value) }),
    ),
  });
  delete (entry as { rawData?: unknown }).rawData;
  const bytes = toBinary(TensorProtoSchema, entry);
  return { length: bytes.length, pieces: [bytes] };
}

interface AtomicFile {
  readonly temporary: string;
  write(bytes: Uint8Array): void;
  /** Flushes to the disk and closes. */
  finish(): void;
}

function openAtomic(path: string): AtomicFile {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const file = fs.openSync(temporary, 'wx');
  return {
    temporary,
    write(bytes) {
      for (let done = 0; done < bytes.length;)
        done += fs.writeSync(file, bytes, done, Math.min(bytes.length - done, 1 << 30));
    },
    finish() {
      fs.fsyncSync(file);
      fs.closeSync(file);
    },
  };
}

function writePieces(file: AtomicFile, pieces: Iterable<Piece>): void {
  for (const piece of pieces) file.write(typeof piece === 'function' ? piece() : piece);
  file.finish();
}

function unwritable(path: string, error: NodeJS.ErrnoException): Error {
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return new ModelFileError(`${path} can't be written: permission denied.`, 'Choose another folder with --out.');
  }
  if (error.code === 'ENOENT')
    return new ModelFileError(`The folder of ${path} does not exist.`, 'Create it or choose another.');
  if (error.code === 'ENOSPC')
    return new ModelFileError(`The disk is full; ${path} was not written.`, 'Free some space and try again.');
  return error;
}
