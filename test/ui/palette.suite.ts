import * as assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { pictureOfFailure, withSample, Workbench } from './support/workbench';

const patienceMs = 900_000;

describe('compressing from the palette', function () {
  this.timeout(patienceMs);
  this.bail(true);
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ fill: withSample });
  });
  afterEach(function () {
    return pictureOfFailure(workbench, this.currentTest);
  });
  after(() => workbench?.close());

  const title = (): Promise<string> => workbench.page.locator('.quick-input-title').innerText();
  const press = (key: string): Promise<void> => workbench.page.keyboard.press(key);
  const step = async (number: number): Promise<void> => {
    await workbench.page.locator('.quick-input-title', { hasText: `(${number}/` }).waitFor();
  };

  it('asks step by step, and says how many', async () => {
    await workbench.command('Layerwise: Compress to a Budget...');
    await step(1);
    assert.match(await title(), /Compress to a Budget \(1\/\d\)/);
    await workbench.pick('sample.onnx');
    await step(2);
    await workbench.pick('No data');
    await step(3);
    await workbench.picture('compress-steps');
  });

  it('goes back a step', async () => {
    await workbench.page.locator('.quick-input-titlebar').getByRole('button', { name: 'Back' }).click();
    await step(2);
    await workbench.pick('No data');
    await step(3);
    await workbench.pick('MACs');
    await step(4);
  });

  it('refuses a budget that is none', async () => {
    await workbench.quickInput().fill('soon');
    await press('Enter');
    await workbench.page.locator('.quick-input-message', { hasText: /budget/i }).waitFor();
    await step(4);
  });

  it('starts a run, which ends with a result in the Runs view', async () => {
    await workbench.quickInput().fill('0.5x');
    await press('Enter');
    await step(5);
    await workbench.pick('Start');
    await workbench.sidebar('Layerwise');
    const run = workbench.row('sample-1');
    await run.waitFor();
    await run.filter({ hasText: /accepted|fell back|fell-back/i }).waitFor({ timeout: patienceMs });
    await workbench.picture('runs');
  });

  it('shows no error', async () => {
    assert.deepEqual(await workbench.errors(), []);
  });
});
