import * as assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { pictureOfFailure, Workbench } from './support/workbench';

describe('a newcomer', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open();
  });
  afterEach(function () {
    return pictureOfFailure(workbench, this.currentTest);
  });
  after(() => workbench?.close());

  it('sees the view of Layerwise', async () => {
    await workbench.sidebar('Layerwise');
    await workbench.picture('sidebar-empty');
  });

  it('inspects the sample', async () => {
    await workbench.command('Layerwise: Inspect Model');
    await workbench.pick('sample.onnx');
    await workbench.row('/classifier/Gemm').waitFor();
    const labels = await workbench.page.locator('.sidebar .monaco-list-row .label-name').allTextContents();
    assert.ok(labels.includes('/stage3/2/conv/Conv'), labels.join());
    await workbench.picture('sidebar-model');
  });
});
