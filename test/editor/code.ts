#!/usr/bin/env node
/**
 * Takes the arguments that `@vscode/test-electron` gives to the desktop `code` and runs them in VS Code's server with a
 * browser in front, where no desktop editor can be downloaded. Ends with the exit status of the tests, as the desktop does.
 */
import { existsSync, mkdirSync } from 'node:fs';
import * as path from 'node:path';
import { format, parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { startBrowser } from './harness/browser';
import { scratch } from './harness/paths';
import { EditorServer } from './harness/server';
import { settingsVariable, type StandInSettings } from './harness/standIn';

/** How long the log of a host that died may come after the page's exit status. */
const graceMs = 3000;

async function main(): Promise<number> {
  const { editor, browser: program, limitMs } = JSON.parse(process.env[settingsVariable] ?? '{}') as StandInSettings;
  const { values, positionals } = parseArgs({
    strict: false,
    allowPositionals: true,
    options: {
      extensionDevelopmentPath: { type: 'string' },
      extensionTestsPath: { type: 'string' },
      'user-data-dir': { type: 'string' },
      'extensions-dir': { type: 'string' },
    },
  });
  const option = (name: string): string => path.resolve(String(values[name]));
  const server = await EditorServer.start(editor, {
    userDataFolder: option('user-data-dir'),
    extensionsFolder: option('extensions-dir'),
    driver: true,
    trustAll: values['disable-workspace-trust'] !== undefined,
  });
  const browser = await startBrowser(program);
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const exit = Promise.race([exitStatus(page, server, limitMs), leftAlone()]);
    const tests = option('extensionTestsPath');
    await page.goto(
      server.address(path.resolve(positionals[0]), [
        ['extensionDevelopmentPath', server.remote(option('extensionDevelopmentPath'))],
        ['extensionTestsPath', server.remote(existsSync(tests) ? tests : `${tests}.js`)],
        ['skipWelcome', 'true'],
        ['skipReleaseNotes', 'true'],
      ]),
    );
    return await exit;
  } finally {
    await browser.close();
    await server.stop();
  }
}

/**
 * The status that the tests end with. The page alone can't be believed: when the extension host dies in native code, the
 * workbench reports success. The server's log has the true end of the process, and a good run has both.
 */
async function exitStatus(page: Page, server: EditorServer, limitMs: number): Promise<number> {
  const reported = new Promise<number>((resolve, reject) => {
    page.exposeFunction('codeAutomationExit', resolve).catch(reject);
    page.exposeFunction('codeAutomationLog', printLog).catch(reject);
    page.on('crash', () => reject(new Error('The page with the workbench crashed.')));
  });
  let timer: NodeJS.Timeout | undefined;
  const givenUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      void screenshot(page).then((file) => reject(new Error(`No end of the tests in ${limitMs} ms; picture: ${file}`)));
    }, limitMs);
  });
  try {
    const died = server.hostEnd.then(async (end) => {
      await new Promise((resolve) => setTimeout(resolve, graceMs));
      return end;
    });
    const status = await Promise.race([reported, givenUp, died.then(() => 1)]);
    const end = await Promise.race([
      server.hostEnd,
      new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), graceMs)),
    ]);
    if (!end || (end.code === '0' && end.signal === 'null')) return status;
    process.stderr.write(`The extension host died: code ${end.code}, signal ${end.signal}\n`);
    return status || 1;
  } finally {
    clearTimeout(timer);
  }
}

/** Settles when whoever started this program is gone, or tells it to end: nothing may be left running. */
function leftAlone(): Promise<number> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    const interrupted = (): void => resolve(130);
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    setInterval(() => process.ppid !== parent && interrupted(), 1000).unref();
  });
}

/** Lines of the extension host's console; the workbench's own are of other kinds or start with a tag. */
function printLog(kind: string, parts: unknown[]): void {
  if (process.env.LAYERWISE_VERBOSE) process.stderr.write(`[${kind}] ${format(...parts)}\n`);
}

async function screenshot(page: Page): Promise<string> {
  const file = path.join(scratch, 'screenshots', 'given-up.png');
  mkdirSync(path.dirname(file), { recursive: true });
  await page.screenshot({ path: file, timeout: 5000 }).catch(() => {});
  return file;
}

main().then(
  (status) => process.exit(status),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
