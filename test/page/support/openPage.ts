import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { chromium, type Browser, type Page } from 'playwright-core';
import { pageHtml } from '../../../src/extension/modelEditor/pageHtml';
import type { FakeHostOptions } from './fakeHost';
import type { ModelData } from './modelData';
import { themes, type ThemeName } from './themes';

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** False where there is no browser: page tests are skipped there. */
export const hasBrowser = browserPath !== undefined;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath, args: ['--no-sandbox', '--force-color-profile=srgb'] });
}

const root = join(__dirname, '../../..');
const origin = 'http://page.test';
const types: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css', map: 'application/json' };

let hostScript: string | undefined;

/** The fake host as a script for the page, which defines `fakeHost`. */
function fakeHostScript(): string {
  hostScript ??= buildSync({
    entryPoints: [join(__dirname, 'fakeHost.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'fakeHost',
  }).outputFiles[0].text;
  return hostScript;
}

export interface OpenOptions extends FakeHostOptions {
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly reducedMotion?: boolean;
  readonly forcedColors?: boolean;
}

export interface OpenedPage {
  readonly page: Page;
  /** What the page wrote to the console as an error, violations of its policy among it. */
  readonly errors: string[];
}

/** Opens the built model page as a webview would: its own document and policy, a theme's variables, and a fake host. */
export async function openPage(browser: Browser, data: ModelData, options: OpenOptions = {}): Promise<OpenedPage> {
  const { theme = 'dark', width = 1400, height = 820 } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    locale: 'en-GB',
    reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
    forcedColors: options.forcedColors ? 'active' : 'none',
  });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.route(`${origin}/**`, async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: documentOf() });
    const file = join(root, 'dist/webview', pathname);
    const body = existsSync(file) ? await readFile(file) : undefined;
    if (!body) return route.fulfill({ status: 404 });
    return route.fulfill({ contentType: types[pathname.split('.').at(-1) ?? ''], body });
  });
  await page.addInitScript(
    `${fakeHostScript()}; fakeHost.installFakeHost(${JSON.stringify(data)}, ${JSON.stringify(options)}); (${applyTheme.toString()})(${JSON.stringify(themes[theme])})`,
  );
  await page.goto(`${origin}/`);
  return { page, errors };
}

function documentOf(): string {
  return pageHtml({
    language: 'en-GB',
    title: 'Layerwise',
    nonce: 'dGVzdA',
    cspSource: origin,
    script: `${origin}/model.js`,
    style: `${origin}/model.css`,
    loading: 'Loading the model...',
  });
}

/** As the editor does it: variables on the root element, the kind of the theme on the body. Runs in the page. */
function applyTheme({ bodyClass, variables }: { bodyClass: string; variables: Record<string, string> }): void {
  const apply = (): void => {
    for (const [name, value] of Object.entries(variables)) {
      document.documentElement.style.setProperty(`--vscode-${name}`, value);
    }
    document.body.className = bodyClass;
    document.body.dataset['vscodeThemeKind'] = bodyClass.split(' ')[0];
  };
  // Before the scripts of the page run, which are deferred.
  new MutationObserver((_, observer) => {
    if (!document.body) return;
    observer.disconnect();
    apply();
  }).observe(document, { childList: true, subtree: true });
}

/** Waits until the table of layers or a problem is there. */
export async function settled(page: Page): Promise<void> {
  await page.waitForSelector('.grid-row, .grid-empty, .problem-box');
  await page.waitForTimeout(150);
}
