import { buildSync } from 'esbuild';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/**
 * Builds a program that tests fork, from its source, and gives its path. It lies inside the project, where the runtime's
 * package is found.
 * @param entry the source file, relative to the project's folder
 */
export function buildProgram(entry: string): string {
  const name = entry.replace(/[^a-zA-Z0-9]+/g, '-').replace(/-ts$/, '');
  const outfile = join(root, 'node_modules', '.cache', 'layerwise', `${process.pid}-${name}.js`);
  buildSync({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['onnxruntime-node'],
    logLevel: 'error',
  });
  return outfile;
}
