import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** A built program of this project: beside the program that asks, or in dist/ when that runs from its source. */
export function programPath(fileName: string): string {
  const beside = join(__dirname, fileName);
  return existsSync(beside) ? beside : join(__dirname, '..', '..', 'dist', fileName);
}
