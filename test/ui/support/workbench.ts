import { cpSync, mkdirSync } from 'node:fs';
import type { Test } from 'mocha';
import * as path from 'node:path';
import type { Browser, FrameLocator, Locator, Page } from 'playwright-core';
import { startBrowser } from '../../editor/harness/browser';
import { root } from '../../editor/harness/paths';
import { EditorServer } from '../../editor/harness/server';
import { makeFolders, type TestFolders } from '../../editor/harness/workspace';
import { ModelPage } from './modelPage';
import { uiSettings } from './settings';
import type { Theme } from './themes';

export interface WorkbenchOptions {
  /** Settings of the user. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether the opened folder is trusted; true by default. */
  readonly trusted?: boolean;
  /** Puts files into the workspace before it opens; it is empty otherwise. */
  readonly fill?: (workspace: string) => void;
  /** Language of the editor; its own texts stay English, those of extensions are in it. */
  readonly language?: string;
}

/** Where pictures of a run go; git ignores it. */
const pictures = path.join(root, '.vscode-test', 'screenshots');

/** What a step waits for at most, also on a busy machine. */
const patienceMs = 60_000;

/** What right after opening may not answer yet is tried so often, and each try but the last waits so long. */
const tries = 6;
const tryMs = 4_000;

/** Editors that a window had are back then. */
const restoreMs = 1_500;

/** Transitions of colours are over then. */
const settleMs = 500;

/** The whole editor in a browser, with the package installed, as a user has it. */
export class Workbench {
  /** The page of the model in front. */
  readonly model: ModelPage;

  private constructor(
    readonly page: Page,
    readonly folders: TestFolders,
    private readonly browser: Browser,
    private readonly server: EditorServer,
  ) {
    this.model = new ModelPage(page);
  }

  static async open({ settings, trusted = true, fill, language }: WorkbenchOptions = {}): Promise<Workbench> {
    const { editor, browser: program, extensions } = uiSettings();
    const folders = makeFolders({ 'security.workspace.trust.startupPrompt': 'never', ...settings });
    fill?.(folders.workspace);
    const server = await EditorServer.start(editor, {
      userDataFolder: folders.userData,
      extensionsFolder: extensions,
      driver: false,
      trustAll: trusted,
    });
    const browser = await startBrowser(program);
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    page.setDefaultTimeout(patienceMs);
    if (language !== undefined) await speaking(page, language);
    const workbench = new Workbench(page, folders, browser, server);
    await page.goto(server.address(folders.workspace));
    await workbench.ready();
    return workbench;
  }

  /** Loads the window, which has editors, anew, as after closing and opening it. */
  async reopen(): Promise<void> {
    await this.page.goto('about:blank');
    await this.page.goto(this.server.address(this.folders.workspace));
    await this.ready();
    await this.page
      .locator('.tabs-container .tab')
      .first()
      .waitFor({ timeout: 2 * patienceMs });
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    await this.folders.remove();
  }

  /**
   * Runs a command from the palette by its exact title. The palette lists the commands that are enabled when it opens, and does
   * not follow: right after the window has loaded, an extension's commands come a moment later, so it is opened again until then.
   */
  async command(title: string): Promise<void> {
    await this.again(async (timeout) => {
      await this.openPalette(title, timeout);
      await this.entry(title).click({ timeout });
    });
  }

  /** Titles that the palette offers for a text; there must be one that begins with it. */
  async offered(text: string): Promise<string[]> {
    const titles = this.page.locator('.quick-input-list .monaco-list-row .label-name');
    await this.again(async (timeout) => {
      await this.openPalette(text, timeout);
      await titles
        .filter({ hasText: new RegExp(`^${literally(text)}`) })
        .first()
        .waitFor({ timeout });
    });
    const offered = await titles.allTextContents();
    await this.page.keyboard.press('Escape');
    return offered;
  }

  /** Chooses an entry of the open quick pick by its exact label. */
  async pick(label: string): Promise<void> {
    await this.entry(label).click();
  }

  /** The text field of the open quick pick or input box. */
  quickInput(): Locator {
    return this.page.locator('.quick-input-widget input').first();
  }

  /** Opens a file of the workspace by its path in it. A window that is being restored may put another editor before it. */
  async openFile(name: string): Promise<void> {
    const file = path.basename(name);
    const front = this.page.locator('.tabs-container .tab.active', { hasText: file });
    await this.again(async (timeout) => {
      await this.page.keyboard.press('Control+P');
      await this.quickInput().fill(name);
      await this.page.locator('.quick-input-list .monaco-list-row', { hasText: file }).first().click({ timeout });
      await front.waitFor({ timeout });
      await this.page.waitForTimeout(restoreMs);
      await front.waitFor({ timeout: settleMs });
    });
  }

  /** Brings a container of the activity bar to the front. A window that is just being restored may show it by itself. */
  async sidebar(title: string): Promise<void> {
    const heading = this.page.locator('.sidebar .composite.title', { hasText: title });
    await this.again(async (timeout) => {
      if (await heading.isVisible()) return;
      await this.page.locator(`.activitybar .action-item a[aria-label="${title}"]`).click({ timeout });
      await heading.waitFor({ timeout });
    });
  }

  /** A row of the sidebar's trees by its exact label. */
  row(label: string): Locator {
    return this.page
      .locator('.sidebar .monaco-list-row')
      .filter({ has: this.page.locator('.label-name', { hasText: exactly(label) }) });
  }

  /** The document of the page that was opened last: the editor's own pages are such, too. */
  webview(): FrameLocator {
    return this.page.locator('iframe.webview.ready').last().contentFrame().frameLocator('iframe#active-frame');
  }

  /** A toast or an entry of the notification centre that holds a text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item').filter({ hasText: text }).first();
  }

  /** Changes the colour theme as a user does, and waits until the page of the model shows it. */
  async setTheme({ label, kind }: Theme): Promise<void> {
    await this.command('Preferences: Color Theme');
    // Before the themes are listed, what is typed might go to the palette, which is still closing.
    await this.page
      .locator('.quick-input-list .label-name', { hasText: /^(Dark|Light) / })
      .first()
      .waitFor();
    await this.quickInput().fill(label);
    await this.pick(label);
    await this.quickInput().waitFor({ state: 'hidden' });
    await this.model.page.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
    await this.page.waitForTimeout(settleMs);
  }

  /** Texts of the error messages in the notification centre. */
  async errors(): Promise<string[]> {
    await this.command('Notifications: Show Notifications');
    await this.page.locator('.notifications-center').waitFor();
    return this.page
      .locator('.notifications-center .notification-list-item')
      .filter({ has: this.page.locator('.codicon-error') })
      .allInnerTexts();
  }

  /** Milliseconds that the editor counted for an extension: loading its code, calling its `activate`, and until that was done. */
  async activationTimes(extension: string): Promise<number[]> {
    await this.command('Developer: Startup Performance');
    await this.page.locator('.view-line', { hasText: 'System Info' }).waitFor();
    // Only lines in sight are drawn.
    await this.page.keyboard.press('Control+F');
    await this.page.locator('.find-widget textarea, .find-widget input').first().fill(extension);
    const line = this.page.locator('.view-line', { hasText: extension });
    await line.waitFor();
    // name, whether eager, load, call, finish, event, by
    const cells = (await line.innerText()).replaceAll('\u00a0', ' ').split('|').slice(3, 6);
    return cells.map(Number);
  }

  /** Writes a picture of the window and gives its path. */
  async picture(name: string): Promise<string> {
    mkdirSync(pictures, { recursive: true });
    const file = path.join(pictures, `${name}.png`);
    await this.page.screenshot({ path: file });
    return file;
  }

  private async openPalette(text: string, timeout: number): Promise<void> {
    await this.page.keyboard.press('F1');
    await this.quickInput().fill(`>${text}`, { timeout });
  }

  /** Does something until it succeeds; what is open is closed before the next try. */
  private async again(attempt: (timeout: number) => Promise<void>): Promise<void> {
    for (let left = tries; ; left--) {
      try {
        return await attempt(left > 1 ? tryMs : patienceMs);
      } catch (error) {
        if (left <= 1) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
  }

  private entry(label: string): Locator {
    return this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ has: this.page.locator('.label-name', { hasText: exactly(label) }) })
      .first();
  }

  private async ready(): Promise<void> {
    await this.page.locator('.activitybar .action-item a[aria-label="Layerwise"]').waitFor({ timeout: 2 * patienceMs });
  }
}

/** Fills a workspace with the sample alone. */
export function withSample(workspace: string): void {
  cpSync(path.join(root, 'media', 'sample.onnx'), path.join(workspace, 'sample.onnx'));
}

/** Takes a picture when the test of a mocha hook has failed. */
export async function pictureOfFailure(workbench: Workbench | undefined, test: Test | undefined): Promise<void> {
  if (test?.state === 'failed') await workbench?.picture(`failed-${test.title.replace(/\W+/g, '-')}`);
}

function exactly(text: string): RegExp {
  return new RegExp(`^${literally(text)}$`);
}

/** A text as part of a pattern. */
function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A window takes its language from the file of its own texts, which a language pack would replace. */
async function speaking(page: Page, language: string): Promise<void> {
  await page.route('**/nls.messages.js', async (route) => {
    const response = await route.fetch();
    const body = `globalThis._VSCODE_NLS_LANGUAGE = ${JSON.stringify(language)};\n${await response.text()}`;
    await route.fulfill({ response, body });
  });
}
