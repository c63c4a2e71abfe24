import { describe, expect, it } from 'vitest';
import type { LayerStatus } from '../methods/shared/site';
import type { Layer } from '../onnx/layers';
import type { Plan } from '../search/plan';
import type { CompressionJob } from './compressionJob';
import { layerFigures } from './layerFigures';
import type { Latencies } from './spaceStage';

const layer = (name: string): Layer =>
  ({ name, op: 'Gemm', macs: 4096, params: 4160, weightDims: [64, 64] }) as unknown as Layer;

function status(name: string): LayerStatus {
  const one = layer(name);
  const site = { layer: one, method: 'svd', fullRank: 64, breakEvenRank: 31, outputs: 64, inputs: 64, rows: 1 };
  return { layer: one, status: 'compressible', reason: 'Can be factored.', site } as unknown as LayerStatus;
}

const job = { statuses: [status('given'), status('left')] } as unknown as CompressionJob;
const latencies: Latencies = {
  dense: { given: 1, left: 1 },
  sites: { given: { ranks: [{ rank: 8, ms: 0.25 }] } },
} as unknown as Latencies;
const plan = {
  sites: { given: { method: 'svd', choice: { rank: 8 } }, left: { method: 'svd', choice: 'keep' } },
} as unknown as Plan;
const space = { sites: [], dense: {} } as never;

describe('the rows of a report', () => {
  it('say of each layer what the search did with it', () => {
    const [given, left] = layerFigures(job, latencies, space, plan, true);
    expect(given).toMatchObject({ rank: 8, newMs: 0.25, reason: 'Rank chosen by the search.' });
    expect(left).toMatchObject({ newMs: 1, reason: 'Kept by the search.' });
    expect(left.rank).toBeUndefined();
  });

  it('claim no choice of a plan that was not taken', () => {
    const [given] = layerFigures(job, latencies, space, plan, false);
    expect(given).toMatchObject({ reason: 'Can be factored.', newMs: 1 });
    expect(given.rank).toBeUndefined();
  });
});
