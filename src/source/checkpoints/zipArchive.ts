import { inflateSync } from 'fflate';
import type { ByteSource } from '../../onnx/byteSource';
import { CheckpointFileError, damaged } from './errors';

/** One file inside a zip archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** Copies bytes of the unpacked file; only those are read from the archive when they are stored unpacked. */
  read(offset?: number, length?: number): Uint8Array;
}

const endOfDirectory = 0x06054b50;
const endLocator64 = 0x07064b50;
const endOfDirectory64 = 0x06064b50;
const directoryEntry = 0x02014b50;
const localHeader = 0x04034b50;
const endBytes = 22;
const locatorBytes = 20;
const end64Bytes = 56;
const entryBytes = 46;
const localBytes = 30;
const longestComment = 0xffff;
/** Stands in a 32-bit field whose value is in the 64-bit extra field. */
const elsewhere = 0xffffffff;
const extra64 = 0x0001;
const stored = 0;
const deflated = 8;

/** Whether the bytes begin a zip archive. */
export function looksLikeZip(source: ByteSource): boolean {
  if (source.length < endBytes) return false;
  const [a, b, c, d] = source.read(0, 4);
  return a === 0x50 && b === 0x4b && c === 3 && d === 4;
}

/** The files of a zip archive, also of one larger than 4 GB. Throws a CheckpointFileError when its directory is damaged. */
export function zipEntries(source: ByteSource): ReadonlyMap<string, ZipEntry> {
  const { offset, length, count } = findDirectory(source);
  if (offset + length > source.length) throw damaged('its directory lies outside the file');
  const directory = bytesOf(source, offset, length);
  const view = viewOf(directory);
  const entries = new Map<string, ZipEntry>();
  for (let i = 0, at = 0; i < count; i++) {
    if (at + entryBytes > length || view.getUint32(at, true) !== directoryEntry) throw damaged('its directory is cut');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const method = view.getUint16(at + 10, true);
    const next = at + entryBytes + nameLength + extraLength + commentLength;
    if (next > length) throw damaged('its directory is cut');
    const name = new TextDecoder().decode(directory.subarray(at + entryBytes, at + entryBytes + nameLength));
    const [size, packed, header] = sizes(view, at, at + entryBytes + nameLength, extraLength);
    const encrypted = (view.getUint16(at + 8, true) & 1) !== 0;
    entries.set(name, entryAt(source, { name, method, size, packed, header, encrypted }));
    at = next;
  }
  return entries;
}

function findDirectory(source: ByteSource): { offset: number; length: number; count: number } {
  const tail = bytesOf(source, Math.max(0, source.length - endBytes - longestComment));
  const view = viewOf(tail);
  for (let at = tail.length - endBytes; at >= 0; at--) {
    if (view.getUint32(at, true) !== endOfDirectory) continue;
    const end = source.length - tail.length + at;
    return (
      directory64(source, end) ?? {
        count: view.getUint16(at + 10, true),
        length: view.getUint32(at + 12, true),
        offset: view.getUint32(at + 16, true),
      }
    );
  }
  throw damaged('the directory at its end is missing');
}

function directory64(source: ByteSource, end: number): { offset: number; length: number; count: number } | undefined {
  if (end < locatorBytes) return undefined;
  const locator = viewOf(bytesOf(source, end - locatorBytes, locatorBytes));
  if (locator.getUint32(0, true) !== endLocator64) return undefined;
  const at = wide(locator, 8);
  if (at + end64Bytes > source.length) throw damaged('its directory lies outside the file');
  const record = viewOf(bytesOf(source, at, end64Bytes));
  if (record.getUint32(0, true) !== endOfDirectory64) throw damaged('the directory at its end is missing');
  return { count: wide(record, 32), length: wide(record, 40), offset: wide(record, 48) };
}

/** Unpacked size, packed size and place of the local header; those that are too large are in the extra field. */
function sizes(view: DataView, entry: number, extra: number, extraLength: number): [number, number, number] {
  const values: [number, number, number] = [
    view.getUint32(entry + 24, true),
    view.getUint32(entry + 20, true),
    view.getUint32(entry + 42, true),
  ];
  for (let at = extra; at + 4 <= extra + extraLength; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== extra64) continue;
    let field = at + 4;
    for (const [i, value] of values.entries()) {
      if (value !== elsewhere) continue;
      if (field + 8 > extra + extraLength) throw damaged('its directory is cut');
      values[i] = wide(view, field);
      field += 8;
    }
  }
  return values;
}

interface Location {
  readonly name: string;
  readonly method: number;
  readonly size: number;
  readonly packed: number;
  readonly header: number;
  readonly encrypted: boolean;
}

function entryAt(source: ByteSource, { name, method, size, packed, header, encrypted }: Location): ZipEntry {
  const start = (): number => {
    if (encrypted)
      throw new CheckpointFileError(`${name} in the archive is encrypted.`, 'Unpack it and pack it without.');
    if (header + localBytes > source.length) throw damaged(`${name} lies outside the file`);
    const local = viewOf(bytesOf(source, header, localBytes));
    if (local.getUint32(0, true) !== localHeader) throw damaged(`${name} is not where the directory says`);
    const at = header + localBytes + local.getUint16(26, true) + local.getUint16(28, true);
    if (at + packed > source.length) throw damaged(`${name} should reach byte ${at + packed}, the file ends before`);
    return at;
  };
  return {
    name,
    size,
    read(offset = 0, length = size - offset) {
      if (offset < 0 || length < 0 || offset + length > size)
        throw damaged(`bytes ${offset} to ${offset + length} of ${name} are asked for, it has ${size}`);
      if (method === stored) return bytesOf(source, start() + offset, length);
      if (method !== deflated)
        throw new CheckpointFileError(
          `${name} is packed in an unusual way.`,
          'Pack the archive again without compression.',
        );
      return unpacked(name, bytesOf(source, start(), packed), size).slice(offset, offset + length);
    },
  };
}

function unpacked(name: string, bytes: Uint8Array, size: number): Uint8Array {
  let result: Uint8Array;
  try {
    result = inflateSync(bytes, { out: new Uint8Array(size) });
  } catch (error) {
    throw damaged(`${name} can't be unpacked (${(error as Error).message})`);
  }
  if (result.length !== size) throw damaged(`${name} unpacks to ${result.length} bytes in place of ${size}`);
  return result;
}

function bytesOf(source: ByteSource, offset: number, length = source.length - offset): Uint8Array {
  const bytes = new Uint8Array(length);
  source.copy(offset, bytes);
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A 64-bit number; sizes of files are exact in it. */
function wide(view: DataView, at: number): number {
  return view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true);
}
