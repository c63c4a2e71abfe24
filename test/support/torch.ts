import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Debian's PyTorch, which belongs to the system's Python. */
const python = '/usr/bin/python3';

/** Why PyTorch, or a module beside it, can't be used here; `undefined` when it can. */
export function torchMissing(module: 'torch' | 'torchvision' = 'torch'): string | undefined {
  const { status, stderr } = spawnSync(python, ['-c', `import ${module}`], { encoding: 'utf8' });
  if (status === 0) return undefined;
  return stderr?.trim().split('\n').at(-1) ?? `there is no ${python}`;
}

/** Runs a script of this folder. Throws with what it printed when it fails. */
export function runPython(script: string, ...args: string[]): string {
  return execFileSync(python, [join(__dirname, script), ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
  });
}
