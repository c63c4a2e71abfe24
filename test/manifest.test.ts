import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  contributes: { commands: { command: string }[]; views: Record<string, { id: string }[]> };
};

describe('the manifest', () => {
  const extension = read('src/extension/extension.ts');

  it('declares what the extension registers', () => {
    for (const { command } of manifest.contributes.commands)
      expect(extension).toContain(`registerCommand('${command}'`);
    for (const { id } of Object.values(manifest.contributes.views).flat()) {
      expect(extension).toContain(`registerTreeDataProvider('${id}'`);
    }
  });

  it('has every script that the README runs', () => {
    const run = [...read('README.md').matchAll(/npm (?:run -s |run )([\w:]+)/g)].map(([, name]) => name);
    expect(run.length).toBeGreaterThan(0);
    for (const name of run) expect(manifest.scripts).toHaveProperty([name]);
  });

  it('names no addresses to install from', () => {
    expect(read('.npmrc')).toContain('onnxruntime-node-install=skip');
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });
});
