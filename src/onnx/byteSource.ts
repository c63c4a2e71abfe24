import * as fs from 'node:fs';
import { ModelFileError } from './errors';

/** Bytes that are read by range: a file, or a buffer that stands for one. */
export interface ByteSource {
  readonly length: number;
  /** The file's path, where there is one. */
  readonly path?: string;
  /** A view that is good until the next read. */
  read(offset: number, length: number): Uint8Array;
  /** Fills `target` with the bytes from `offset` on. */
  copy(offset: number, target: Uint8Array): void;
  close(): void;
}

/** A buffer as a source. */
export function bufferSource(bytes: Uint8Array): ByteSource {
  return {
    length: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
    copy: (offset, target) => target.set(bytes.subarray(offset, offset + target.length)),
    close: () => undefined,
  };
}

/**
 * Small reads come from a window of the file. After a jump it is small, for a header between two weights; it grows while
 * reads follow one another.
 */
const smallestWindow = 1 << 10;
const windowBytes = 1 << 16;

/** A file as a source. Throws a ModelFileError when it can't be opened. */
export function fileSource(path: string): ByteSource {
  let file: number;
  try {
    file = fs.openSync(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM')
      throw new ModelFileError(`${path} can't be read: permission denied.`, 'Change its permissions or copy it.');
    if (code === 'EISDIR') throw isFolder(path);
    throw new ModelFileError(`There is no file ${path}.`, 'Check the path.');
  }
  const stat = fs.fstatSync(file);
  if (stat.isDirectory()) {
    fs.closeSync(file);
    throw isFolder(path);
  }
  const length = stat.size;
  const window = new Uint8Array(windowBytes);
  let start = 0;
  let end = 0;
  let size = smallestWindow;
  return {
    length,
    path,
    read(offset, count) {
      if (count > windowBytes) {
        const bytes = new Uint8Array(count);
        readFully(file, path, offset, bytes);
        return bytes;
      }
      if (offset < start || offset + count > end) {
        const follows = offset >= start && offset <= end;
        size = Math.max(count, follows ? Math.min(windowBytes, 2 * size) : smallestWindow);
        start = offset;
        end = Math.min(length, offset + size);
        readFully(file, path, start, window.subarray(0, end - start));
      }
      return window.subarray(offset - start, offset - start + count);
    },
    copy(offset, target) {
      if (target.length > windowBytes) readFully(file, path, offset, target);
      else target.set(this.read(offset, target.length));
    },
    close: () => fs.closeSync(file),
  };
}

function isFolder(path: string): ModelFileError {
  return new ModelFileError(`${path} is a folder.`, 'Give the path of an .onnx file.');
}

/** The system takes at most 2 GB in one read. */
const mostBytesPerCall = 1 << 30;

/** Fills `target` from a position of an open file. Throws a ModelFileError when the file ends before. */
export function readFully(file: number, path: string, offset: number, target: Uint8Array): void {
  for (let done = 0; done < target.length;) {
    const got = fs.readSync(file, target, done, Math.min(target.length - done, mostBytesPerCall), offset + done);
    if (got === 0) {
      throw new ModelFileError(
        `${path} ends at byte ${offset + done}, inside data that should reach byte ${offset + target.length}.`,
        'The file was cut short; copy or export it again.',
        offset + done,
      );
    }
    done += got;
  }
}
