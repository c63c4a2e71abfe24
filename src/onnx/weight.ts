import * as fs from 'node:fs';
import { sizeOf, type ElementType, type Tensor } from '../tensor/tensor';
import type { TensorProto } from './generated/onnx_pb';
import { ModelFileError } from './errors';
import { bitsPerElement, elementType, tensorFromBytes, tensorFromProto, tensorToProto } from './tensorProto';

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

  /** The elements. Throws a ModelFileError for data types without a typed array and for damaged data. */
  tensor(): Tensor {
    if (!this.range) return tensorFromProto(this.proto);
    const type = this.elementType;
    if (!type) return tensorFromProto(this.proto); // says what is wrong
    return tensorFromBytes(type, this.dims, this.rawBytes());
  }
}

function readRange(range: ByteRange): Uint8Array {
  const bytes = new Uint8Array(range.length);
  let file: number;
  try {
    file = fs.openSync(range.path, 'r');
  } catch {
    throw new ModelFileError(
      `The weights file ${range.path} can't be opened.`,
      'Keep it beside the model that refers to it.',
    );
  }
  try {
    let done = 0;
    while (done < range.length) {
      const got = fs.readSync(file, bytes, done, Math.min(range.length - done, 1 << 30), range.offset + done);
      if (got === 0) {
        throw new ModelFileError(
          `${range.path} ends at byte ${range.offset + done}, inside a tensor that should reach byte ${range.offset + range.length}.`,
          'The file was cut short; copy or export it again.',
          range.offset + done,
        );
      }
      done += got;
    }
  } finally {
    fs.closeSync(file);
  }
  return bytes;
}
