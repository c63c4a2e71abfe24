import { mkdirSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatedModel } from './support/generated';
import { hasBrowser, launchBrowser, openPage, settled } from './support/openPage';
import { themes, type ThemeName } from './support/themes';

/** Pictures for people to look at; git does not keep them. */
const pictures = 'build/page';
const sections = ['layers', 'search', 'result', 'graph'] as const;
const only = process.env['PAGE_THEME'];

describe.skipIf(!hasBrowser)('every section in every theme', () => {
  let browser: Browser;
  beforeAll(async () => {
    mkdirSync(pictures, { recursive: true });
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  const names = (Object.keys(themes) as ThemeName[]).filter((name) => only === undefined || name === only);
  // Checking a page takes axe seconds, and a minute on a machine that does other things too.
  describe.each(names)('%s', { timeout: 240_000 }, (theme) => {
    it.each(sections)('%s: no violation of the policy, nothing serious for axe', async (section) => {
      const { page, errors } = await openPage(browser, generatedModel(18), { theme });
      await settled(page);
      await page.click(`#tab-${section}`);
      await page.waitForTimeout(400);
      await page.screenshot({ path: `${pictures}/${section}-${theme}.png` });
      expect(await seriousFindings(page)).toEqual([]);
      expect(errors).toEqual([]);
      await page.context().close();
    });
  });
});

async function seriousFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(' | ')}`,
    );
}
