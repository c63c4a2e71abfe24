import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A Python with Keras 3 and one of its backends: of a virtual environment, or the system's. */
const python = process.env.LAYERWISE_KERAS_PYTHON ?? '/usr/bin/python3';

/** Why Keras can't be used here; `undefined` when it can. */
export function kerasMissing(): string | undefined {
  const { status, stderr } = spawnSync(python, ['-c', 'import keras'], { encoding: 'utf8' });
  if (status === 0) return undefined;
  return stderr?.trim().split('\n').at(-1) ?? `there is no ${python}`;
}

/** Runs a script of this folder. Throws with what it printed when it fails. */
export async function runKeras(script: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' };
  const { stdout } = await promisify(execFile)(python, [join(__dirname, script), ...args], { encoding: 'utf8', env });
  return stdout;
}
