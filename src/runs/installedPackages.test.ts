import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { installedPackages } from './installedPackages';

describe('installed packages of a file', () => {
  let folder: string;
  const site = (environment: string): string =>
    join(folder, environment, 'lib/python3.12/site-packages').replaceAll('\\', '/');

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'layerwise-packages-'));
    for (const environment of ['.venv', 'active']) {
      mkdirSync(site(environment), { recursive: true });
      writeFileSync(join(folder, environment, 'pyvenv.cfg'), '');
    }
    vi.stubEnv('VIRTUAL_ENV', '');
    vi.stubEnv('CONDA_PREFIX', '');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });

  const foldersOf = (environment?: string): readonly string[] =>
    installedPackages(`${folder.replaceAll('\\', '/')}/src/net.py`, environment).folders;

  it('are those of the environment that is given, else of the active one, else of that of the project', () => {
    expect(foldersOf()).toEqual([site('.venv')]);
    vi.stubEnv('VIRTUAL_ENV', join(folder, 'active'));
    expect(foldersOf()).toEqual([site('active')]);
    expect(foldersOf(join(folder, '.venv'))).toEqual([site('.venv')]);
  });

  it('are looked for in a folder that holds some', () => {
    expect(() => foldersOf(folder)).toThrow('There are no packages in the environment');
  });

  it('are torchvision and what is named', () => {
    expect(installedPackages('/p/net.py', undefined, ['timm']).names).toEqual(['torchvision', 'torchaudio', 'timm']);
  });
});
