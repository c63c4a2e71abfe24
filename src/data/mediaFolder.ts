import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from './errors';

/**
 * The path of a file that ships in `media/`, whether this code runs bundled in `dist/` or from `src/data/`.
 * Throws a DataError when the installation lacks it.
 */
export function mediaFile(name: string): string {
  const candidates = ['..', '../..'].map((up) => join(__dirname, up, 'media', name));
  const path = candidates.find((candidate) => existsSync(candidate));
  if (!path) throw new DataError(`${name} is missing from this installation.`, 'Install Layerwise again.');
  return path;
}
