import type { ByteSource } from './byteSource';
import { ModelFileError } from './errors';
import { wireType } from './wire';

/** Where a field of a protobuf message lies. */
export interface Field {
  readonly number: number;
  readonly type: number;
  readonly tagStart: number;
  /** First byte of the content (after the length, for length-delimited fields). */
  readonly start: number;
  readonly end: number;
}

/** The largest field number that protobuf allows. */
const largestField = 2 ** 29 - 1;

/** A varint of 64 bits takes at most this many bytes. */
const varintBytes = 10;

/**
 * Walks over the fields of a message that lies at [offset, end) without reading their contents.
 * Throws a ModelFileError at the first byte that can't belong to a message.
 */
export function* fieldsOf(source: ByteSource, offset: number, end: number): Generator<Field> {
  let at = offset;
  const varint = (): number => {
    const from = at;
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at >= end || at - from >= varintBytes) throw damaged(source, from);
      const byte = source.read(at++, 1)[0];
      if (byte === undefined) throw damaged(source, from);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  /** Passes over the content of a field and returns where it starts. */
  const skip = (type: number, tagStart: number): number => {
    let start = at;
    if (type === wireType.varint) varint();
    else if (type === wireType.fixed64) at += 8;
    else if (type === wireType.fixed32) at += 4;
    else if (type === wireType.bytes) {
      const length = varint();
      start = at;
      at += length;
    } else throw damaged(source, tagStart);
    if (at > source.length) throw cutShort(source, tagStart, at);
    if (at > end) throw damaged(source, tagStart);
    return start;
  };
  const tag = (): { number: number; type: number } => {
    const from = at;
    const value = varint();
    const number = Math.floor(value / 8);
    if (number === 0 || number > largestField) throw damaged(source, from);
    return { number, type: value % 8 };
  };
  while (at < end) {
    const tagStart = at;
    const { number, type } = tag();
    let start = at;
    if (type !== wireType.startGroup) start = skip(type, tagStart);
    else {
      for (const open = [number]; open.length > 0;) {
        const innerStart = at;
        const inner = tag();
        if (inner.type === wireType.startGroup) open.push(inner.number);
        else if (inner.type !== wireType.endGroup) skip(inner.type, innerStart);
        else if (open.pop() !== inner.number) throw damaged(source, innerStart);
      }
    }
    yield { number, type, tagStart, start, end: at };
  }
}

/** The error for bytes that can't be part of a model. */
export function damaged(source: ByteSource, at: number): ModelFileError {
  return new ModelFileError(
    `${source.path ?? 'The file'} is not a whole ONNX model: what stands at byte ${at} of ${source.length} can't be read.`,
    'It may have been cut short or be of another format; export or copy it again.',
    at,
  );
}

function cutShort(source: ByteSource, at: number, reach: number): ModelFileError {
  return new ModelFileError(
    `${source.path ?? 'The file'} is not a whole ONNX model: it ends at byte ${source.length}, and what begins at byte ${at} should reach byte ${reach}.`,
    'It may have been cut short or be of another format; export or copy it again.',
    at,
  );
}

/** Bytes that lie in several places, one after the other in new memory. */
export function gather(source: ByteSource, places: readonly { start: number; end: number }[]): Uint8Array {
  const bytes = new Uint8Array(places.reduce((sum, { start, end }) => sum + end - start, 0));
  let at = 0;
  for (let i = 0; i < places.length;) {
    const { start } = places[i];
    let { end } = places[i++];
    // Neighbours are read at once.
    while (i < places.length && places[i].start === end) end = places[i++].end;
    source.copy(start, bytes.subarray(at, at + end - start));
    at += end - start;
  }
  return bytes;
}
