import * as assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { figure } from '../editor/suites/support/figure';
import { pictureOfFailure, withSample, Workbench } from './support/workbench';

/** What the editor itself does after it has opened is over then. */
const settledMs = 10_000;

describe('activation of the installed package', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ fill: withSample });
  });
  afterEach(function () {
    return pictureOfFailure(workbench, this.currentTest);
  });
  after(() => workbench?.close());

  it('takes the time that the editor itself says', async () => {
    await workbench.page.waitForTimeout(settledMs);
    await workbench.sidebar('Layerwise');
    await workbench.row('sample.onnx').waitFor();
    const [load, call, finish] = await workbench.activationTimes('layerwise.layerwise');
    figure(
      `activation of the package: code loaded in ${load} ms, activate called in ${call} ms, finished in ${finish} ms`,
    );
    assert.ok(load >= 0 && call >= 0);
  });
});
