import * as fs from 'node:fs';
import { resolve } from 'node:path';
import { environmentNear, packageFolders, readablePackages } from '../source/environment';
import type { InstalledPackages } from '../source/sourceModel';
import { RunError } from './errors';

/**
 * What is installed in the Python environment of a file: the one given, the active one, or the one that its project keeps.
 * Python is not run for it. Throws where the given one holds no packages.
 */
export function installedPackages(file: string, environment?: string, more: readonly string[] = []): InstalledPackages {
  const names = [...readablePackages, ...more];
  const { VIRTUAL_ENV, CONDA_PREFIX } = process.env;
  // An empty variable is none.
  const found =
    environment === undefined ? VIRTUAL_ENV || CONDA_PREFIX || environmentNear(file, list) : resolve(environment);
  const folders = found === undefined ? [] : packageFolders(found.replaceAll('\\', '/'), list);
  if (environment !== undefined && folders.length === 0)
    throw new RunError(
      `There are no packages in the environment ${environment}.`,
      'Give the folder that sys.prefix tells in it, such as .venv.',
    );
  return { folders, names };
}

function list(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
