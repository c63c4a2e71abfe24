import * as assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import { pictureOfFailure, withSample, Workbench } from './support/workbench';

describe('restricted mode', () => {
  let workbench: Workbench;
  before(async () => {
    workbench = await Workbench.open({ trusted: false, fill: withSample });
  });
  afterEach(function () {
    return pictureOfFailure(workbench, this.currentTest);
  });
  after(() => workbench?.close());

  it('is what the window is in', async () => {
    await workbench.page.getByText('Restricted Mode').first().waitFor();
  });

  it('still inspects models', async () => {
    await workbench.sidebar('Layerwise');
    await workbench.command('Layerwise: Inspect Model');
    await workbench.pick('sample.onnx');
    await workbench.row('/classifier/Gemm').waitFor();
  });

  it('offers nothing that runs the engine for minutes', async () => {
    const titles = await workbench.offered('Layerwise: ');
    const measuring = titles.filter((title) => /Measure|Compress|Search/.test(title));
    assert.deepEqual(measuring, []);
    await workbench.picture('restricted');
  });
});
