import type { FrameLocator, Locator, Page } from 'playwright-core';

/** The page of a model, inside the editor that is in front. */
export class ModelPage {
  constructor(private readonly window: Page) {}

  /** The document of the page. */
  get page(): FrameLocator {
    return this.window.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  /** Rows of the table of layers that are drawn. */
  rows(): Locator {
    return this.page.locator('.grid-row');
  }

  row(layer: string): Locator {
    return this.rows().filter({ has: this.page.locator(`.name[title="${layer}"]`) });
  }

  /** Texts of a column, of the rows that are drawn. */
  async cells(column: string): Promise<string[]> {
    return this.page.locator(`.grid-row .c-${column}`).allInnerTexts();
  }

  /** A button by its whole text, or by a pattern of it. */
  button(name: string | RegExp): Locator {
    const text = typeof name === 'string' ? name.replace(/\./g, '\\.') : name.source;
    return this.page.locator('vscode-button').filter({ hasText: new RegExp(`^\\s*${text}\\s*$`) });
  }

  /** Goes to a section, whose code is loaded when it is first shown. */
  async section(title: 'Layers' | 'Search' | 'Result' | 'Graph'): Promise<void> {
    await this.page.getByRole('tab', { name: title }).click();
    await this.page.getByText('Loading...').waitFor({ state: 'hidden' });
  }
}
