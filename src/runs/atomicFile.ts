import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join, basename } from 'node:path';

/** Replaces a file in one step: temporary file in the same folder, flushed, renamed. */
export function writeFileAtomic(path: string, contents: string | Uint8Array): void {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const file = fs.openSync(temporary, 'wx');
  try {
    fs.writeFileSync(file, contents);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(temporary, path);
}

/** Pretty JSON with a newline at its end, as people and diffs like it. */
export function writeJson(path: string, value: unknown): void {
  writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}
