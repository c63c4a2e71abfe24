import * as fs from 'node:fs';
import { ModelFileError } from './errors';

/** Bytes that are read by range: a file, or a buffer that stands for one. */
export interface ByteSource {
  readonly length: number;
  /** The file's path, where there is one. */
  readonly path?: string;
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

/** A buffer as a source; reads are views, not copies. */
export function bufferSource(bytes: Uint8Array): ByteSource {
  return {
    length: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    close: () => undefined,
  };
}

/** A file as a source; small reads that follow one another come from one window of the file. */
export function fileSource(path: string): ByteSource {
  const windowBytes = 1 << 16;
  let file: number;
  let length: number;
  try {
    file = fs.openSync(path, 'r');
    const stat = fs.fstatSync(file);
    if (stat.isDirectory()) {
      fs.closeSync(file);
      throw new ModelFileError(`${path} is a folder.`, 'Give the path of an .onnx file.');
    }
    length = stat.size;
  } catch (error) {
    if (ModelFileError.is(error)) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EACCES')
      throw new ModelFileError(`${path} can't be read: permission denied.`, 'Change its permissions or copy it.');
    throw new ModelFileError(`There is no file ${path}.`, 'Check the path.');
  }
  let start = 0;
  let held = new Uint8Array(0);
  const load = (offset: number, count: number): Uint8Array => {
    const bytes = new Uint8Array(Math.min(count, length - offset));
    let done = 0;
    while (done < bytes.length) {
      const got = fs.readSync(file, bytes, done, bytes.length - done, offset + done);
      if (got === 0) break;
      done += got;
    }
    return bytes.subarray(0, done);
  };
  return {
    length,
    path,
    read(offset, count) {
      if (count > windowBytes) return load(offset, count);
      if (offset < start || offset + count > start + held.length) {
        held = load(offset, windowBytes) as Uint8Array<ArrayBuffer>;
        start = offset;
      }
      return held.subarray(offset - start, offset - start + count);
    },
    close: () => fs.closeSync(file),
  };
}
