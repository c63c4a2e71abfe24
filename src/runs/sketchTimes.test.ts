import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rankKey } from '../hardware/blockKey';
import { LatencyTable } from '../hardware/latencyTable';
import { GraphBuilder } from '../onnx/graphBuilder';
import { writeModel } from '../onnx/write';
import type { LayerSketch } from '../protocol/layerSketch';
import { float32 } from '../tensor/tensor';
import { latencyTablesFolder } from './cacheFolder';
import { withForms } from './knownTimes';
import { openModel } from './openedModel';
import type { RunContext } from './progress';
import { sketchTimes } from './sketchTimes';

const device = { provider: 'cpu', threads: 1 } as const;
const context: RunContext = { signal: new AbortController().signal, progress: () => {}, note: () => {} };
const convolution: LayerSketch = {
  op: 'Conv',
  input: [1, 16, 8, 8],
  weight: [16, 16, 3, 3],
  bias: true,
  strides: [1, 1],
  dilations: [1, 1],
  pads: [1, 1, 1, 1],
};
const linear: LayerSketch = { op: 'Gemm', input: [1, 40], weight: [10, 40], bias: true };

describe('sketchTimes', () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'layerwise-sketch-'));
  const before = process.env.LAYERWISE_CACHE;
  beforeAll(() => void (process.env.LAYERWISE_CACHE = folder));
  afterAll(() => {
    if (before === undefined) delete process.env.LAYERWISE_CACHE;
    else process.env.LAYERWISE_CACHE = before;
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it('knows nothing before anything is measured, and says so for each layer', async () => {
    expect(await sketchTimes([convolution, linear], device, false, context)).toEqual([{ ms: null }, { ms: null }]);
  });

  it('reads the entries that a model with such a layer uses', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('image', 'float32', [1, 16, 8, 8]);
    const weight = builder.constant(float32([16, 16, 3, 3], new Float32Array(16 * 16 * 9).fill(0.1)));
    const bias = builder.constant(float32([16], new Float32Array(16)));
    builder.output(
      'y',
      'float32',
      undefined,
      builder.op('Conv', [x, weight, bias], {
        kernel_shape: [3, 3],
        group: 1,
        strides: [1, 1],
        dilations: [1, 1],
        pads: [1, 1, 1, 1],
      }),
    );
    const path = join(folder, 'one.onnx');
    writeModel(builder.model, path);
    const table = LatencyTable.open(latencyTablesFolder(), device);
    await withForms(await openModel(path), (forms) => {
      const [layer] = forms.layers;
      const entry = { lowMs: 1, highMs: 1, noisy: false, sessions: [], callMs: [], measuredAt: '2026-01-01' };
      table.add(forms.dense(layer).key, { label: layer, medianMs: 1.5, ...entry });
      table.add(forms.atRank(forms.sites[0], 8).key, { label: layer, medianMs: 0.5, ...entry });
    });
    const [known, unknown] = await sketchTimes([convolution, linear], device, false, context);
    expect(known.ms).toBe(1.5);
    expect(known.staircase?.points.map(({ rank, ms }) => [rank, ms])).toEqual([[8, 0.5]]);
    expect(unknown).toEqual({ ms: null });
  });

  it('tells the step of a layer by its own ranks, that of others of its kind by what the device shows', async () => {
    const table = LatencyTable.open(latencyTablesFolder(), device);
    const entry = { label: '', noisy: false, sessions: [], callMs: [], measuredAt: '2026-01-01' };
    const add = (key: string, ms: number): void => table.add(key, { ...entry, medianMs: ms, lowMs: ms, highMs: ms });
    for (const rank of [3, 4, 6, 7, 8, 14, 15, 16])
      add(rankKey('another', 'tucker', rank), rank % 4 === 0 ? rank / 100 : rank);
    const other = { ...convolution, weight: [24, 16, 3, 3] };
    const point = { ...convolution, weight: [24, 16, 1, 1], pads: [0, 0, 0, 0] };
    expect((await sketchTimes([other, point, linear], device, false, context)).map(({ step }) => step)).toEqual([
      { size: 4, from: 'device', layers: 1 },
      undefined,
      undefined,
    ]);
    // The first test's layer, of which rank 8 is known, gets the ranks that tell.
    const path = join(folder, 'one.onnx');
    await withForms(await openModel(path), (forms) => {
      for (const rank of [1, 2, 3, 4, 7]) add(forms.atRank(forms.sites[0], rank).key, 9);
    });
    expect((await sketchTimes([convolution], device, false, context))[0].step).toMatchObject({
      from: 'layer',
      layers: 1,
    });
  });
});
