import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { Edition } from './editions';
import { root } from './paths';
import { UnavailableError } from './unavailable';

const run = promisify(execFile);

/** An installed edition: the program that runs it and the folder of its VS Code. */
export interface InstalledEditor {
  readonly edition: Edition;
  readonly node: string;
  readonly vscode: string;
}

/**
 * Puts an edition of VS Code and its Node into a folder that all checkouts share (`LAYERWISE_VSCODE_CACHE`, else
 * `~/.cache/layerwise/editors`); npm packages only, no install script of theirs runs and nothing is compiled.
 * @throws UnavailableError on another system than Linux, or when the packages can't be had
 */
export async function installEditor(edition: Edition): Promise<InstalledEditor> {
  if (process.platform !== 'linux')
    throw new UnavailableError(
      `The editor of npm's code-server runs on Linux only.`,
      'Set VSCODE_TEST=desktop to download the desktop editor instead.',
    );
  const cache = process.env.LAYERWISE_VSCODE_CACHE ?? path.join(homedir(), '.cache', 'layerwise', 'editors');
  const folder = path.join(cache, `${edition.codeServer}-node-${edition.node}-${process.arch}`);
  const installed: InstalledEditor = {
    edition,
    node: path.join(folder, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node'),
    vscode: vscodeIn(folder),
  };
  if (isComplete(folder, edition)) return installed;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(path.join(cache, 'installing-'));
  try {
    await fill(fresh, edition);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } catch (error) {
    if (isComplete(folder, edition)) return installed; // another checkout was first
    const reason = error instanceof Error ? error.message : String(error);
    throw new UnavailableError(
      `VS Code ${edition.vscode} could not be installed from npm: ${reason}`,
      'Is npm reachable?',
      {
        cause: error,
      },
    );
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return installed;
}

/** Written last, with the packages inside: a folder without it was left by an install that did not finish. */
const stamp = 'complete.json';

function isComplete(folder: string, edition: Edition): boolean {
  const file = path.join(folder, stamp);
  return existsSync(file) && readFileSync(file, 'utf8') === JSON.stringify(packagesOf(edition));
}

function packagesOf({ codeServer, node, more }: Edition): Record<string, string> {
  return { 'code-server': codeServer, [`node-linux-${process.arch}`]: node, ...more };
}

function vscodeIn(folder: string): string {
  return path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');
}

async function fill(folder: string, edition: Edition): Promise<void> {
  const dependencies = packagesOf(edition);
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await npmInstall(folder, '--no-package-lock');
  await npmInstall(vscodeIn(folder), '--omit=dev');
  replaceNativeModules(vscodeIn(folder));
  provideRipgrep(folder);
  writeFileSync(path.join(folder, stamp), JSON.stringify(dependencies));
}

async function npmInstall(cwd: string, ...options: string[]): Promise<void> {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // What an outer `npm test` says about its own package must not reach this one.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle|config_.*prefix|command)/.test(name)),
  );
  await run('npm', ['install', ...quiet, ...options], { cwd, env, maxBuffer: 2 ** 26 });
}

/** Native modules are not compiled; the editor needs something in their place. */
function replaceNativeModules(vscode: string): void {
  const replacements = path.join(root, 'test', 'editor', 'harness', 'replacements');
  for (const [file, name] of [
    ['spdlog.js', '@vscode/spdlog'],
    ['nativeWatchdog.js', '@vscode/native-watchdog'],
    ['nativeWatchdog.js', 'native-watchdog'],
  ]) {
    const entry = path.join(vscode, 'node_modules', name, 'index.js');
    if (existsSync(entry)) cpSync(path.join(replacements, file), entry);
  }
}

/** `findFiles` runs ripgrep. Newer editors bring it along; for older ones it is among `more`. */
function provideRipgrep(folder: string): void {
  const universal = path.join(folder, 'node_modules', '@vscode', 'ripgrep-universal', 'bin', `linux-${process.arch}`);
  const ripgrep = path.join(vscodeIn(folder), 'node_modules', '@vscode', 'ripgrep');
  if (existsSync(universal) && existsSync(ripgrep)) cpSync(universal, path.join(ripgrep, 'bin'), { recursive: true });
}
