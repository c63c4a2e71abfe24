import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HostCall } from './support/fakeHost';
import { generatedModel } from './support/generated';
import type { ModelData } from './support/modelData';
import { hasBrowser, launchBrowser, openPage, settled, type OpenOptions } from './support/openPage';

const sample = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures/sample.json'), 'utf8')) as ModelData;
const large = generatedModel(2000, 16);

describe.skipIf(!hasBrowser)('the model page', () => {
  let browser: Browser;
  let page: Page;
  let errors: string[];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    expect(errors).toEqual([]);
    await page.context().close();
  });

  async function open(data: ModelData, options: OpenOptions = {}): Promise<void> {
    ({ page, errors } = await openPage(browser, data, options));
    await settled(page);
  }
  const calls = (method: string): Promise<HostCall[]> =>
    page.evaluate((name) => window.hostCalls.filter((call) => call.method === name), method);
  const text = async (selector: string): Promise<string> =>
    ((await page.textContent(selector)) ?? '').replace(/\s+/g, ' ').trim();

  describe('shows what the engine told of the sample', () => {
    it('has a row for every layer with its measured time, and marks what no method acts on', async () => {
      await open(sample);
      for (const layer of sample.summary.layers) {
        const row = page.locator('[role=row]', { has: page.locator(`[title="${layer.name}"]`) });
        expect(await row.locator('input[type=checkbox]').count()).toBe(layer.site ? 1 : 0);
        expect(await row.locator('.c-time').textContent()).toMatch(/\d/);
      }
      expect(await text('.totals')).toContain('ms');
    });

    it('shows the verdict with its interval at all times', async () => {
      await open(sample);
      const figures = sample.runs[0].summary.figures;
      expect(await text('footer')).toContain(figures?.verdict === 'accepted' ? 'Accepted' : 'Fell back');
      expect(await text('footer')).toContain(`${figures?.speedup.median.toFixed(2)}x`);
    });
  });

  describe('what-if', () => {
    it('shows latency, error, MACs and bytes of layer and model at a rank without asking anyone', async () => {
      await open(sample);
      await page.locator('.slider input').focus();
      const before = (await calls('details')).length;
      await page.fill('.slider input', '3');
      const rows = await page.locator('.what-if tbody tr').allTextContents();
      expect(rows).toHaveLength(4);
      for (const row of rows) expect(row).toMatch(/\d/);
      expect(await calls('details')).toHaveLength(before);
      expect(await page.getAttribute('.slider input', 'aria-valuetext')).toContain('rank 3');
    });

    it('takes a typed rank, and marks what is none', async () => {
      await open(sample);
      await typeRank(page, '4');
      expect(await page.inputValue('.slider input')).toBe('4');
      await typeRank(page, '40000');
      expect(await text('.rank-field .problem')).toContain('1 to');
      expect(await page.inputValue('.slider input')).toBe('4');
    });

    it('pins a rank for every search and lets it go again', async () => {
      await open(sample);
      await typeRank(page, '4');
      await page.click('vscode-button:has-text("Pin 4")');
      const layer = await text('.detail h2');
      expect((await calls('setPinned')).at(-1)?.params).toEqual({ pinned: { [layer]: 4 } });
      await page.click('#tab-search');
      await page.click('vscode-button:has-text("Start Search")');
      expect((await calls('startRun')).at(-1)?.params).toMatchObject({ request: { pinned: { [layer]: 4 } } });
      await page.click('#tab-layers');
      await page.click('vscode-button:has-text("Unpin")');
      expect((await calls('setPinned')).at(-1)?.params).toEqual({ pinned: {} });
    });

    it('does not call an interpolated time measured', async () => {
      const data = generatedModel(12);
      await open(data);
      await typeRank(page, '21');
      expect(await text('.what-if tbody tr:first-child')).toContain('\u2248');
      expect(await page.getAttribute('.slider input', 'aria-valuetext')).toContain(
        'estimated between two measured ranks',
      );
    });

    it('measures ranks of a layer when asked, and only then draws the staircase', async () => {
      await open(sample, { unmeasured: true });
      expect(await page.locator('.unmeasured').count()).toBe(1);
      await page.click('vscode-button:has-text("Measure Ranks")');
      await page.waitForSelector('figure:has-text("Latency against rank") svg');
    });
  });

  describe('by keyboard', () => {
    it('walks the table: one cell in the tab order, arrows choose layers, Space leaves one out', async () => {
      const data = generatedModel(12);
      await open(data);
      expect(await page.locator('.grid [tabindex="0"]').count()).toBe(1);
      await page.locator('.grid [tabindex="0"]').focus();
      const before = await text('.detail h2');
      await page.keyboard.press('ArrowDown');
      const after = await text('.detail h2');
      expect(after).not.toBe(before);
      expect((await calls('selectLayer')).at(-1)?.params).toEqual({ layer: after });
      await page.keyboard.press('Home');
      await page.keyboard.press('Space');
      expect((await calls('setExcluded')).at(-1)?.params).toEqual({ layers: [after] });
    });

    it('sorts by a column from its head', async () => {
      await open(generatedModel(12));
      await page.locator('.grid [tabindex="0"]').focus();
      for (let i = 0; i < 15; i++) await page.keyboard.press('ArrowUp');
      await page.keyboard.press('Home');
      for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowRight');
      await page.keyboard.press('Enter');
      expect(await page.getAttribute('[role=columnheader].c-time', 'aria-sort')).toBe('descending');
    });

    it('keeps its place when what had the focus goes away', async () => {
      const { run } = liveRun();
      await open(sample);
      await page.click('#tab-search');
      await page.focus('vscode-button:has-text("Start Search")');
      await page.evaluate((summary) => window.updateRun(summary), run);
      await page.waitForSelector('.live');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('panel-search');
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.closest('.live') !== null)).toBe(true);
    });

    it('moves between the sections with the arrow keys and shows each', async () => {
      await open(sample);
      await page.focus('#tab-layers');
      for (const section of ['search', 'result', 'graph', 'layers']) {
        await page.keyboard.press('ArrowRight');
        expect(await page.evaluate(() => document.activeElement?.id)).toBe(`tab-${section}`);
        await page.waitForSelector(`#panel-${section}`);
      }
    });

    it('walks a chart and chooses a rank in it', async () => {
      await open(sample);
      const chart = page.locator('figure:has-text("Error against rank") svg');
      await chart.focus();
      await page.keyboard.press('Home');
      expect(await page.inputValue('.slider input')).toBe('1');
      await page.keyboard.press('ArrowRight');
      expect(await page.inputValue('.slider input')).toBe('2');
      expect(await chart.getAttribute('aria-valuetext')).toContain('rank 2');
    });

    it('walks the network and zooms in it', async () => {
      await open(sample);
      await page.click('#tab-graph');
      const network = page.locator('.network svg');
      await network.focus();
      await page.keyboard.press('Home');
      await expect.poll(() => text('.detail h2')).toBe(sample.summary.layers[0].name);
      const transform = await network.locator('> g').getAttribute('transform');
      await page.keyboard.press('+');
      expect(await network.locator('> g').getAttribute('transform')).not.toBe(transform);
    });
  });

  it('has a table for every chart', async () => {
    await open(sample);
    const figures = page.locator('.detail figure');
    const count = await figures.count();
    expect(count).toBeGreaterThanOrEqual(3);
    for (let i = 0; i < count; i++) {
      await figures.nth(i).locator('button.as-table').click();
      expect(await figures.nth(i).locator('tbody tr').count()).toBeGreaterThan(1);
    }
  });

  describe('a model of 2,000 layers', () => {
    it('draws the rows in sight only, and reaches the last one', async () => {
      await open(large);
      expect(await page.getAttribute('.grid', 'aria-rowcount')).toBe('2001');
      expect(await page.locator('.grid-row').count()).toBeLessThan(80);
      await page.locator('.grid [tabindex="0"]').focus();
      await page.keyboard.press('Control+End');
      expect(await text('.detail h2')).toBe('classifier');
      expect(await page.locator('.grid-row[aria-selected=true]').count()).toBe(1);
    });

    it('asks for details of what is in sight only', async () => {
      await open(large);
      const asked = (await calls('details')).flatMap(({ params }) => (params as { layers: string[] }).layers);
      expect(asked.length).toBeGreaterThan(10);
      expect(asked.length).toBeLessThan(2000);
    });

    it('is filtered by words and status', async () => {
      await open(large);
      await page.locator('.filter vscode-text-field').evaluate((field: HTMLElement & { value: string }) => {
        field.value = 'features.19 conv';
        field.dispatchEvent(new Event('input'));
      });
      expect(await text('.toolbar [role=status]')).toBe('110 of 2000 layers');
    });

    it('draws the part of the network in sight', async () => {
      await open(large);
      await page.click('#tab-graph');
      await page.waitForSelector('.network .node');
      expect(await page.locator('.network .node').count()).toBeLessThan(200);
    });
  });

  describe('a search', () => {
    it('is not started with a budget that says nothing', async () => {
      await open(sample);
      await page.click('#tab-search');
      await setField(page, 'At most', 'fast');
      expect(await text('.field .problem')).toContain('Write it like');
      await page.click('vscode-button:has-text("Start Search")', { force: true });
      expect(await calls('startRun')).toEqual([]);
    });

    it('says what the budget amounts to', async () => {
      await open(generatedModel(12));
      await page.click('#tab-search');
      await setField(page, 'At most', '25%');
      expect(await text('.budget-line')).toMatch(/at most/);
      await setField(page, 'At most', '100000ms');
      expect(await text('.field .problem')).toContain('The model costs');
    });

    it('is shown live: probabilities, cost, loss, accuracy, temperature and time left', async () => {
      const { run, updates } = liveRun();
      await open(sample);
      await page.click('#tab-search');
      await page.evaluate(
        ([summary, all]) => {
          for (const update of all) window.updateRun(summary, update);
        },
        [run, updates] as const,
      );
      await page.waitForSelector('.heat-row');
      const sites = updates.findLast((update) => update.kind === 'probabilities');
      expect(await page.locator('.heat-row').count()).toBe(sites?.probabilities.sites.length);
      expect(await text('.live-head')).toContain('left');
      expect(await text('.live')).toContain('temperature');
      expect(await page.locator('.curves figure').count()).toBe(3);
      expect(await page.locator('#tab-search .running-dot').count()).toBe(1);
    });

    it('is paused, resumed, kept at its best and cancelled', async () => {
      const { run } = liveRun();
      await open(sample);
      await page.click('#tab-search');
      await page.evaluate((summary) => window.updateRun(summary), run);
      await page.click('vscode-button:has-text("Keep Best")');
      expect(await calls('keepBest')).toHaveLength(1);
      await page.click('vscode-button:has-text("Pause")');
      await page.click('vscode-button:has-text("Resume")');
      expect(await calls('resumeRun')).toHaveLength(1);
      await page.click('vscode-button:has-text("Cancel")');
      await page.waitForSelector('.search-form');
      expect(await calls('stopRun')).toHaveLength(2);
    });

    it('whose budget can not be met is offered with one that can', async () => {
      const { run } = liveRun();
      await open(sample);
      await page.click('#tab-search');
      await page.evaluate((summary) => window.updateRun(summary), run);
      await page.evaluate((summary) => window.updateRun(summary), {
        ...run,
        state: 'failed' as const,
        reachable: '0.453ms',
      });
      await page.click('vscode-button:has-text("Try with 0.453ms")');
      expect((await calls('startRun')).at(-1)?.params).toMatchObject({ request: { budget: { text: '0.453ms' } } });
    });
  });

  describe('a result', () => {
    it('shows before and after with how each figure was obtained, and the gates', async () => {
      await open(sample);
      await page.click('#tab-result');
      await page.waitForSelector('.verdict');
      const report = sample.runs[0].report;
      expect(await page.locator('.gates li').count()).toBe(report?.gates.length);
      expect(await text('.whole')).toContain('measured, median and 95 % interval');
      expect(await page.locator('.result-layers .grid-row').count()).toBeGreaterThan(1);
    });

    it('compares outputs when asked, and can be cancelled', async () => {
      const data = generatedModel(12);
      await open(data, { silent: ['compare'] });
      await page.click('#tab-result');
      await page.click('vscode-button:has-text("Compare Outputs")');
      await page.click('.likeness vscode-button:has-text("Cancel")');
      expect(await calls('cancel')).toHaveLength(1);
      expect(await page.locator('vscode-button:has-text("Compare Outputs")').count()).toBe(1);
    });

    it('passes what to do with it on to the editor', async () => {
      const data = generatedModel(12);
      await open(data);
      await page.click('#tab-result');
      const run = data.runs[0].summary.path;
      for (const [button, method] of [
        ['Save Model As...', 'saveModelAs'],
        ['Copy Plan', 'copyPlan'],
        ['Open Report', 'openReport'],
      ]) {
        await page.click(`.result vscode-button:has-text("${button}")`);
        expect((await calls(method)).at(-1)?.params).toEqual({ run });
      }
    });

    it('shows another run when its point is chosen', async () => {
      const data = generatedModel(12);
      await open(data);
      await page.click('#tab-result');
      await page.click('figure:has-text("of the runs") button.as-table');
      await page.click('figure tbody tr:has-text("Fell back") button');
      await page.waitForSelector('.verdict .fell-back');
    });
  });

  describe('is there again after a reload', () => {
    it('with section, layer, tried rank, sorting and filter', async () => {
      await open(sample);
      await page.click('[role=columnheader].c-macs');
      await page.locator('.grid-row').nth(2).locator('.c-name').click();
      await typeRank(page, '3');
      const layer = await text('.detail h2');
      await page.reload();
      await settled(page);
      expect(await text('.detail h2')).toBe(layer);
      expect(await page.inputValue('.slider input')).toBe('3');
      expect(await page.getAttribute('[role=columnheader].c-macs', 'aria-sort')).not.toBeNull();
      await page.click('#tab-result');
      await page.reload();
      await page.waitForSelector('#panel-result');
    });
  });

  describe('when something is in the way', () => {
    it('says what is wrong with the file at which byte, what to do, and reads it again', async () => {
      const message = 'The file ends at byte 4096 in the middle of a tensor.';
      const failing = { inspect: { message, hint: 'Download it again: it is shorter than it says.' } };
      await open(sample, { failing });
      expect(await text('.problem-box')).toContain(message);
      expect(await text('.problem-box')).toContain('Download it again');
      await page.click('vscode-button:has-text("Read Again")');
      expect(await calls('inspect')).toHaveLength(2);
    });

    it('shows the structure in restricted mode and says why it does not measure', async () => {
      await open({ ...sample, start: { ...sample.start, trusted: false } }, { unmeasured: true });
      expect(await text('.banners')).toContain('Restricted mode');
      expect(await page.locator('header vscode-button[disabled]').count()).toBe(2);
    });

    it('measures with progress, and cancels', async () => {
      await open(sample, { unmeasured: true, silent: ['measure'] });
      expect(await text('header')).toContain('not measured');
      await page.click('header vscode-button:has-text("Measure")');
      await page.waitForSelector('.banner.working');
      expect(await text('.banner.working')).toContain('40');
      await page.click('.banner.working vscode-button');
      expect(await calls('cancel')).toHaveLength(1);
      expect(await page.locator('.banner.working').count()).toBe(0);
    });

    it('tells of a stopped engine and of a file that is gone, and reads a changed one again', async () => {
      await open(sample);
      await page.evaluate(() => window.sendEvent('engine', { state: 'stopped' }));
      await page.waitForSelector('.banner.warn:has-text("engine stopped")');
      await page.evaluate(() => window.sendEvent('engine', { state: 'running' }));
      await page.evaluate(() => window.sendEvent('modelChanged', { gone: true }));
      await page.waitForSelector('.banner.warn:has-text("gone")');
      const before = (await calls('inspect')).length;
      await page.evaluate(() => window.sendEvent('modelChanged', { gone: false }));
      await page.waitForFunction(
        (count) => window.hostCalls.filter((c) => c.method === 'inspect').length > count,
        before,
      );
    });

    it('counts open sizes as 1 only with a word about it, and lets the user set them', async () => {
      await open({ ...sample, summary: { ...sample.summary, openSizes: ['height'] } });
      await page.click('.banner button:has-text("Set Sizes")');
      expect((await calls('chooseInputDims'))[0].params).toEqual({ open: ['height'] });
    });

    it('logs what it does not understand and goes on', async () => {
      await open(sample);
      await page.evaluate(() => window.postMessage({ kind: 'event', name: 'surprise', value: 1 }, '*'));
      await page.waitForFunction(() => window.hostCalls.some(({ method }) => method === 'log'));
      expect(await page.locator('.grid-row').count()).toBeGreaterThan(0);
    });

    it('says that there is nothing to compress in a model without layers', async () => {
      await open({ ...sample, summary: { ...sample.summary, layers: [] }, runs: [], staircases: [], details: [] });
      expect(await text('.grid-empty')).toContain('no layer with weights');
    });
  });

  it('stays usable at 200 %: nothing is cut off sideways', async () => {
    await open(sample, { width: 640, height: 400 });
    for (const section of ['layers', 'search', 'result', 'graph']) {
      await page.click(`#tab-${section}`);
      await page.waitForTimeout(200);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow, section).toBeLessThanOrEqual(0);
    }
  });

  it('speaks the language of the user', async () => {
    await open({
      ...sample,
      start: { ...sample.start, texts: { Layers: 'Schichten', '{0} layers': '{0} Schichten' } },
    });
    expect(await text('#tab-layers')).toBe('Schichten');
    expect(await text('.toolbar [role=status]')).toBe(`${sample.summary.layers.length} Schichten`);
  });

  /** A run that goes on, with what the recorded one told. */
  function liveRun(): { run: ModelData['runs'][number]['summary']; updates: ModelData['runs'][number]['updates'] } {
    const recorded = sample.runs[0];
    const run = {
      ...recorded.summary,
      path: '/home/me/models/.layerwise/runs/live',
      started: '2030-01-01T00:00:00.000Z',
      state: 'running' as const,
      result: 'in search',
      figures: undefined,
    };
    const progress = { stage: 'search', fraction: 0.5, etaMs: 60_000 };
    return { run, updates: [...recorded.updates, { kind: 'progress', progress }] };
  }
});

it('weighs less than 300 kB, toolkit included', () => {
  const folder = join(import.meta.dirname, '../../dist/webview');
  const files = readdirSync(folder).filter((name) => !name.endsWith('.map'));
  const bytes = files.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(bytes).toBeLessThan(300_000);
});

async function typeRank(page: Page, rank: string): Promise<void> {
  await setValue(page, '.rank-field vscode-text-field', rank);
}

async function setField(page: Page, label: string, value: string): Promise<void> {
  await setValue(page, `vscode-text-field:has-text("${label}")`, value);
}

/** Types into a field of the toolkit. */
async function setValue(page: Page, selector: string, value: string): Promise<void> {
  await page.locator(`${selector} input`).fill(value);
}
