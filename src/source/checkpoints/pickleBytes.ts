import type { IReader } from 'pickleparser/dist/types/reader';
import type { ByteSource } from '../../onnx/byteSource';
import { damaged } from './errors';

/** Bytes of a source from a position on, as the pickle parser reads them: nothing is held but what was read. */
export class PickleBytes implements IReader {
  constructor(
    private readonly source: ByteSource,
    /** Where the next byte is read. */
    public position = 0,
  ) {}

  byte(): number {
    return this.take(1)[0];
  }

  bytes(length: number): Uint8Array {
    return this.take(length).slice();
  }

  uint16(): number {
    return this.view(2).getUint16(0, true);
  }

  int32(): number {
    return this.view(4).getInt32(0, true);
  }

  uint32(): number {
    return this.view(4).getUint32(0, true);
  }

  uint64(): number {
    const view = this.view(8);
    return view.getUint32(0, true) + 2 ** 32 * view.getUint32(4, true);
  }

  float64(): number {
    return this.view(8).getFloat64(0, false);
  }

  skip(length: number): void {
    this.take(length);
  }

  string(length: number, encoding: 'ascii' | 'utf-8'): string {
    return new TextDecoder(encoding).decode(this.take(length));
  }

  line(): string {
    let end = this.position;
    while (end < this.source.length && this.source.read(end, 1)[0] !== 0x0a) end++;
    const text = this.string(end - this.position, 'ascii');
    this.skip(1);
    return text;
  }

  hasNext(): boolean {
    return this.position < this.source.length;
  }

  private view(length: number): DataView {
    const bytes = this.take(length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  private take(length: number): Uint8Array {
    if (length < 0 || this.position + length > this.source.length)
      throw damaged(`its pickle ends at byte ${this.source.length}, ${length} more are needed at ${this.position}`);
    const bytes = this.source.read(this.position, length);
    this.position += length;
    return bytes;
  }
}
