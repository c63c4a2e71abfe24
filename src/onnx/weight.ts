import * as fs from 'node:fs';
import { sizeOf, type ElementType, type Tensor } from '../tensor/tensor';
import { readFully } from './byteSource';
import { ModelFileError } from './errors';
import { TensorProto_DataLocation as Location, type TensorProto } from './generated/onnx_pb';
import { shallowCopy } from './shallowCopy';
import { bitsPerElement, elementType, tensorFromProto, tensorToProto } from './tensorProto';

/** Where bytes lie in a file. */
export interface ByteRange {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * A named constant tensor of a graph (an ONNX initializer). Its elements are read from the file when they are asked for,
 * and are not kept: hold on to what `tensor()` returns if it is needed again.
 */
export class Weight {
  constructor(
    readonly proto: TensorProto,
    /** Where the elements lie when they are not in the message. */
    readonly range?: ByteRange,
  ) {}

  static of(name: string, tensor: Tensor): Weight {
    return new Weight(tensorToProto(tensor, name));
  }

  /** A weight of its own whose elements, which are never changed in place, are the same bytes. */
  copy(): Weight {
    return new Weight(shallowCopy(this.proto, { dims: [...this.proto.dims] }), this.range);
  }

  get name(): string {
    return this.proto.name;
  }

  get dims(): number[] {
    return this.proto.dims.map(Number);
  }

  get elementType(): ElementType | undefined {
    return elementType(this.proto.dataType);
  }

  get elements(): number {
    return sizeOf(this.dims);
  }

  /** Bytes the elements take as raw data. */
  get byteLength(): number {
    return this.range?.length ?? Math.ceil((this.elements * bitsPerElement(this.proto.dataType)) / 8);
  }

  /** The raw little-endian bytes; empty when the elements stand in a typed field of the message. */
  rawBytes(): Uint8Array {
    return this.range ? readRange(this.range) : this.proto.rawData;
  }

  /** The raw bytes piece by piece, for copying weights of any size; each piece is good until the next. */
  *rawChunks(): Generator<Uint8Array> {
    if (!this.range) yield this.proto.rawData;
    else yield* rangeChunks(this.range);
  }

  /** The elements. Throws a ModelFileError for data types without a typed array and for damaged data. */
  tensor(): Tensor {
    if (!this.range && this.proto.dataLocation === Location.EXTERNAL) {
      throw new ModelFileError(
        `The elements of ${this.name} lie in another file, and where the model lies is not known.`,
        'Open the model by its path.',
      );
    }
    return this.range ? tensorFromProto(this.proto, this.rawBytes()) : tensorFromProto(this.proto);
  }
}

function readRange(range: ByteRange): Uint8Array {
  const file = openRange(range);
  try {
    const bytes = new Uint8Array(range.length);
    readFully(file, range.path, range.offset, bytes);
    return bytes;
  } finally {
    fs.closeSync(file);
  }
}

/** Weights are copied in pieces of this size. */
const chunkBytes = 1 << 22;

function* rangeChunks(range: ByteRange): Generator<Uint8Array> {
  const file = openRange(range);
  try {
    const buffer = new Uint8Array(Math.min(chunkBytes, range.length));
    for (let done = 0; done < range.length; done += buffer.length) {
      const chunk = buffer.subarray(0, Math.min(buffer.length, range.length - done));
      readFully(file, range.path, range.offset + done, chunk);
      yield chunk;
    }
  } finally {
    fs.closeSync(file);
  }
}

function openRange({ path }: ByteRange): number {
  try {
    return fs.openSync(path, 'r');
  } catch {
    throw new ModelFileError(
      `The weights file ${path} can't be opened.`,
      'Keep it beside the model that refers to it.',
    );
  }
}
