import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import * as path from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { UnavailableError } from './unavailable';

const names = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser', 'chrome'];

/** Starts the machine's own Chromium or Chrome; it can reach this machine only. */
export async function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox', // root in a container has none
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
}

/**
 * The browser's program: `LAYERWISE_CHROMIUM`, the first one on the path, or Debian's package, which root installs.
 * @throws UnavailableError when there is none and it can't be installed
 */
export function findBrowser(): string {
  const found = process.env.LAYERWISE_CHROMIUM ?? onPath();
  if (found) return found;
  if (process.getuid?.() === 0 && installPackage('chromium')) {
    const installed = onPath();
    if (installed) return installed;
  }
  throw new UnavailableError(
    'The editor tests need Chromium or Chrome.',
    'Install one (Debian: apt-get install chromium) or name it in LAYERWISE_CHROMIUM.',
  );
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.flatMap((folder) => names.map((name) => path.join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installPackage(name: string): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
