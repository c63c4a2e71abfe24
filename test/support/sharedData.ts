import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of models and data sets beside the project, or the one that LAYERWISE_DATA names. */
export const sharedFolder = process.env.LAYERWISE_DATA ?? resolve(import.meta.dirname, '../../../shared');

/**
 * The path of a file or folder that tests share, `undefined` where it is absent. Use it with `describe.skipIf(!path)`,
 * so that the skip is seen.
 */
export function sharedPath(...parts: string[]): string | undefined {
  const path = join(sharedFolder, ...parts);
  return existsSync(path) ? path : undefined;
}
