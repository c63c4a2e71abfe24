import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The system takes at most 2 GB in one write. */
const mostBytesPerCall = 1 << 30;

/**
 * Files that appear under their names whole and together, or not at all. They are written under temporary names in the
 * folders of their targets; `commit` flushes and renames them, `discard` removes what was begun.
 */
export class AtomicFiles {
  private readonly files: { readonly descriptor: number; readonly temporary: string; readonly path: string }[] = [];
  private closed = false;

  /** Begins a file and returns the function that appends to it. */
  begin(path: string): (bytes: Uint8Array) => void {
    const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
    const descriptor = fs.openSync(temporary, 'wx');
    this.files.push({ descriptor, temporary, path });
    return (bytes) => {
      for (let done = 0; done < bytes.length;)
        done += fs.writeSync(descriptor, bytes, done, Math.min(bytes.length - done, mostBytesPerCall));
    };
  }

  /** The last file begun is the one that refers to the others: it goes away first and comes last. */
  commit(): void {
    for (const { descriptor } of this.files) fs.fsyncSync(descriptor);
    this.close();
    const last = this.files.at(-1);
    if (last && this.files.length > 1) fs.rmSync(last.path, { force: true });
    for (const { temporary, path } of this.files) fs.renameSync(temporary, path);
    for (const folder of new Set(this.files.map(({ path }) => dirname(path)))) flushFolder(folder);
  }

  discard(): void {
    this.close();
    for (const { temporary } of this.files) fs.rmSync(temporary, { force: true });
  }

  private close(): void {
    if (!this.closed) for (const { descriptor } of this.files) fs.closeSync(descriptor);
    this.closed = true;
  }
}

/** Replaces a file at once by the pieces, one after the other: it is either the old or the new one, never half of it. */
export function writeFileAtomic(path: string, ...pieces: readonly (string | Uint8Array)[]): void {
  const files = new AtomicFiles();
  try {
    const write = files.begin(path);
    for (const piece of pieces) write(typeof piece === 'string' ? Buffer.from(piece) : piece);
    files.commit();
  } catch (error) {
    files.discard();
    throw error;
  }
}

/** Makes a rename last through a power failure, where the system lets folders be opened for it. */
function flushFolder(folder: string): void {
  let descriptor: number;
  try {
    descriptor = fs.openSync(folder, 'r');
  } catch {
    return; // Windows, and folders that may be written but not listed: the files are in place all the same
  }
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
