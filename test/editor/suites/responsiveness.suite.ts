import * as assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { app } from './support/extension';
import { figure } from './support/figure';
import { ended, smallRequest, startRun } from './support/runs';

describe('the extension host', function () {
  this.timeout(300_000);

  it('is watched while a search runs', async () => {
    const layerwise = await app();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const { state, result } = await ended(layerwise, await startRun(layerwise, smallRequest({ seed: 4 })));
    delay.disable();
    assert.equal(state, 'finished', result);
    const ms = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(1);
    figure(
      `delay of the extension host's event loop during a run: median ${ms(delay.percentile(50))} ms, ` +
        `99th percentile ${ms(delay.percentile(99))} ms, longest ${ms(delay.max)} ms`,
    );
  });
});
