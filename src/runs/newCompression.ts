import { basename, join, resolve } from 'node:path';
import * as fs from 'node:fs';
import { readModel } from '../onnx/read';
import { parseDatasetSpec } from '../data/datasetSpec';
import { parseBudget } from '../search/budget';
import { RunError } from './errors';
import { RunFolder } from './runFolder';
import { defaultRunsFolder } from './runList';
import { fileDigest, type CompressSettings } from './settings';

/** What the user gives; the rest has defaults. */
export type CompressionRequest = Omit<CompressSettings, 'version' | 'kind' | 'sha256'>;

/**
 * Makes the folder of a new run. Everything that can be checked without work is checked first, so that a request that
 * can't be done leaves nothing behind.
 * @param folder the run's folder; a new one under the default place when it is left out
 */
export function newCompression(
  request: CompressionRequest,
  folder = freshFolder(request.model, defaultRunsFolder),
): RunFolder {
  const model = resolve(request.model);
  readModel(model);
  parseBudget(request.budget.resource, request.budget.text);
  if (request.data !== undefined) parseDatasetSpec(request.data);
  if (request.out !== undefined) assertNewFile(request.out, model);
  const settings: CompressSettings = {
    version: 1,
    kind: 'compress',
    ...request,
    model,
    ...(request.out !== undefined && { out: resolve(request.out) }),
    sha256: fileDigest(model),
  };
  return RunFolder.create(folder, settings);
}

/** Throws a RunError when a new file could not be made at the path. */
function assertNewFile(path: string, source: string): void {
  const target = resolve(path);
  if (target === source) throw new RunError('The source model is never written to.', 'Choose another file with --out.');
  if (fs.existsSync(target))
    throw new RunError(`${path} exists already.`, 'Choose another file with --out, or move this one away.');
  try {
    fs.accessSync(resolve(target, '..'), fs.constants.W_OK);
  } catch {
    throw new RunError(`${path} can't be written.`, 'Choose a folder that exists and is writable.');
  }
}

/** A folder for a new run of a model that does not exist yet. */
export function freshFolder(model: string, parent: string): string {
  const stem = basename(model).replace(/\.onnx$/i, '');
  for (let i = 1; ; i++) {
    const folder = join(parent, `${stem}-${i}`);
    if (!fs.existsSync(folder)) return folder;
  }
}
