import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from './errors';

/** A file that is read by range. */
export interface DataFile {
  /** The path the user knows it by. */
  readonly path: string;
  readonly length: number;
  /** Fills `target` with the bytes from `offset` on. Throws a DataError when the file ends before. */
  read(offset: number, target: Uint8Array): void;
  close(): void;
}

/** Reads that follow one another come from a window of this size: one system call for some 20 small images. */
const windowBytes = 1 << 16;

/** Opens a file for reading by range. Throws a DataError when it is missing, unreadable or a folder. */
export function openDataFile(path: string): DataFile {
  let descriptor: number;
  try {
    descriptor = fs.openSync(path, 'r');
  } catch (error) {
    throw unreadable(path, error as NodeJS.ErrnoException);
  }
  const stat = fs.fstatSync(descriptor);
  if (stat.isDirectory()) {
    fs.closeSync(descriptor);
    throw new DataError(`${path} is a folder where a file is expected.`, 'Give the path of the file.');
  }
  return rangedFile(path, descriptor, stat.size);
}

/** The sentence for a path that the system refuses to open. */
export function unreadable(path: string, error: NodeJS.ErrnoException): DataError {
  return error.code === 'EACCES' || error.code === 'EPERM'
    ? new DataError(`${path} can't be read: permission denied.`, 'Change its permissions or copy it.')
    : new DataError(`${path} does not exist or can't be opened.`, 'Check the path.');
}

/**
 * A file for what was unpacked. It has no name in the file system any more, so it is gone with the process, however that
 * ends; its memory is the disk's.
 */
export class TemporaryFile {
  readonly descriptor: number;
  length = 0;

  constructor() {
    const path = join(tmpdir(), `layerwise-${randomBytes(8).toString('hex')}`);
    this.descriptor = fs.openSync(path, 'wx+', 0o600);
    fs.unlinkSync(path);
  }

  /** Writes at a position, at the end when it is left out. */
  write(bytes: Uint8Array, position = this.length): void {
    for (let done = 0; done < bytes.length;)
      done += fs.writeSync(this.descriptor, bytes, done, bytes.length - done, position + done);
    this.length = Math.max(this.length, position + bytes.length);
  }

  /** Fills `target` from a position that was written before. */
  read(position: number, target: Uint8Array): void {
    for (let done = 0; done < target.length;) {
      const got = fs.readSync(this.descriptor, target, done, target.length - done, position + done);
      if (got === 0) throw new RangeError(`Nothing was written at byte ${position + done}.`);
      done += got;
    }
  }

  /** What was written, for reading, under the name of what it was unpacked from. */
  asDataFile(path: string): DataFile {
    return rangedFile(path, this.descriptor, this.length);
  }

  close(): void {
    fs.closeSync(this.descriptor);
  }
}

function rangedFile(path: string, descriptor: number, length: number): DataFile {
  let open = true;
  let held = new Uint8Array(0);
  let heldAt = 0;
  let expected = 0;
  const fill = (offset: number, target: Uint8Array): void => {
    for (let done = 0; done < target.length;) {
      const got = fs.readSync(descriptor, target, done, target.length - done, offset + done);
      if (got === 0)
        throw new DataError(`${path} became shorter while it was in use.`, 'Leave data files alone during a run.');
      done += got;
    }
  };
  return {
    path,
    length,
    read(offset, target) {
      if (!open) throw new Error(`${path} was closed.`);
      const end = offset + target.length;
      if (offset < 0 || end > length) {
        throw new DataError(
          `${path} ends at byte ${length}, where a sample should reach byte ${end}.`,
          'The file was cut short; copy or download it again.',
        );
      }
      if (offset >= heldAt && end <= heldAt + held.length) target.set(held.subarray(offset - heldAt, end - heldAt));
      else if (offset === expected && target.length < windowBytes) {
        held = new Uint8Array(Math.min(windowBytes, length - offset));
        heldAt = offset;
        fill(offset, held);
        target.set(held.subarray(0, target.length));
      } else fill(offset, target);
      expected = end;
    },
    close() {
      if (open) fs.closeSync(descriptor);
      open = false;
      held = new Uint8Array(0);
    },
  };
}
