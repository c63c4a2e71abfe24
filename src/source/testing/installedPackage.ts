import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of packages where the system's Python has this version, told by a file of it; undefined where it has not. */
export function installedPackage(name: string, version: string, file = 'version.py'): string | undefined {
  try {
    const script = `import importlib.util as u; s = u.find_spec("${name}"); print(s.origin if s else "")`;
    const origin = execFileSync('/usr/bin/python3', ['-c', script], { encoding: 'utf8' }).trim();
    const text = origin === '' ? '' : readFileSync(join(dirname(origin), file), 'utf8');
    return text.includes(`'${version}`) ? dirname(dirname(origin)) : undefined;
  } catch {
    return undefined;
  }
}
