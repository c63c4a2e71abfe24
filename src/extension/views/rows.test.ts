import { describe, expect, it } from 'vitest';
import type { LayerSummary } from '../../protocol/model';
import type { RunSummary } from '../../protocol/runs';
import { deviceRow, tableRow } from './deviceRows';
import { layerRow, layerTooltip, modelRow } from './modelRows';
import { escape, listed, tooltipTable } from './row';
import { progressText, runRow } from './runRows';

const layer: LayerSummary = {
  name: '/stage1/conv',
  op: 'Conv',
  macs: 7_225_344,
  params: 9_216,
  bytes: 36_864,
  weight: 'stage1.conv.weight',
  weightDims: [32, 32, 3, 3],
  inputDims: [1, 32, 28, 28],
  outputDims: [1, 32, 28, 28],
  status: 'compressible',
  reason: 'A 3x3 convolution.',
  site: { method: 'tucker', fullRank: 32, breakEvenRank: 28 },
};
const plain: LayerSummary = {
  ...layer,
  name: 'first',
  status: 'unsupported',
  reason: 'It reads 1 channel.',
  site: undefined,
};
const marks = { excluded: [], pinned: {} };
const time = {
  ...{ name: layer.name, op: 'Conv', macs: layer.macs, ms: 0.156, low: 0.15, high: 0.16, share: 0.2 },
  origin: 'measured' as const,
};
const run: RunSummary = {
  path: '/home/me/.layerwise/runs/sample-1',
  model: '/home/me/sample.onnx',
  started: '2026-01-01T00:00:00Z',
  state: 'finished',
  result: 'accepted, 2.87x',
  figures: {
    ...{ verdict: 'accepted', resource: 'latency', speedup: { median: 2.87, low: 2.78, high: 2.99 }, latencyMs: 0.34 },
    ...{ macs: 8e6, bytes: 324_400 },
  },
};

describe('rows of layers', () => {
  it('tell time, cost and rank, and let a site be excluded', () => {
    const row = layerRow({ model: 'file:///m', layer, time, marks });
    expect(row.description).toBe('0.156 ms, 7.2 M MACs, rank 32');
    expect(row.checkbox?.ticked).toBe(true);
    expect(row.accessible).toContain('compressible');
  });

  it('never show an estimate as a measurement', () => {
    const row = layerRow({ model: 'm', layer, time: { ...time, origin: 'estimated' }, marks });
    expect(row.description).toContain('estimated');
    expect(layerTooltip({ model: 'm', layer, time: { ...time, origin: 'table' }, marks })).toContain('from the table');
  });

  it('say what the user decided, in words and not by the icon alone', () => {
    const row = layerRow({ model: 'm', layer, marks: { excluded: [layer.name], pinned: { [layer.name]: 16 } } });
    expect(row.checkbox?.ticked).toBe(false);
    expect(row.description).toContain('excluded');
    expect(row.description).toContain('rank 16 of 32, pinned');
    expect(row.context).toBe('layerwise.layer.site.pinned');
  });

  it('give the reason where no method can act, and no box', () => {
    const row = layerRow({ model: 'm', layer: plain, marks });
    expect(row.checkbox).toBeUndefined();
    expect(row.description).toContain('It reads 1 channel.');
    expect(row.context).toBe('layerwise.layer');
  });

  it('have an identity of their own in every model', () => {
    expect(layerRow({ model: 'a', layer, marks }).id).not.toBe(layerRow({ model: 'b', layer, marks }).id);
  });
});

describe('rows of models', () => {
  it('show the folder until the model was looked into', () => {
    const state = { uri: 'file:///w/nets/a.onnx', name: 'a.onnx', folder: 'nets', open: false };
    expect(modelRow(state)).toMatchObject({ description: 'nets', context: 'layerwise.model' });
    expect(modelRow({ ...state, open: true }).accessible).toContain('open');
  });

  it('show what is being done, and offer to stop it', () => {
    const activity = { title: 'Measuring', progress: { stage: 'blocks', fraction: 0.25 } };
    const row = modelRow({ uri: 'u', name: 'a.onnx', folder: '', open: false, activity });
    expect(row).toMatchObject({ description: 'Measuring, 25 %', context: 'layerwise.model.busy' });
  });
});

describe('rows of runs', () => {
  it('tell the verdict with its figure', () => {
    expect(runRow(run, undefined)).toMatchObject({ description: 'accepted, 2.87x as fast', icon: 'check' });
  });

  it('tell a fallback apart from success', () => {
    const figures = run.figures && { ...run.figures, verdict: 'fell-back' as const };
    const row = runRow({ ...run, figures }, undefined);
    expect(row.icon).not.toBe('check');
    expect(row.description).toBe('fell back to the source model');
  });

  it('tell how far a running one is', () => {
    const progress = { stage: 'search', fraction: 0.43, etaMs: 120_000 };
    expect(progressText({ ...run, state: 'running' }, progress)).toBe('search, 43 %, 2 min left');
    expect(runRow({ ...run, state: 'running' }, progress).context).toBe('layerwise.run.running');
  });

  it('say that an unfinished one can be resumed', () => {
    const row = runRow({ ...run, state: 'unfinished', result: 'in search', figures: undefined }, undefined);
    expect(row.description).toBe('can be resumed, in search');
  });
});

describe('rows of devices', () => {
  const device = {
    ...{ provider: 'cpu' as const, available: true, reason: 'It can be used.', description: 'A processor' },
    tables: [],
  };

  it('mark the device in use in words', () => {
    expect(deviceRow(device, { provider: 'cpu', threads: 2 }).description).toContain('in use');
    expect(deviceRow(device, { provider: 'cuda', threads: 2 }).description).toBe('A processor');
  });

  it('say why a device is not available', () => {
    const row = deviceRow(
      { ...device, provider: 'cuda', available: false, reason: 'No driver.' },
      { provider: 'cpu', threads: 1 },
    );
    expect(row.accessible).toContain('No driver.');
    expect(row.context).toBe('layerwise.device');
  });

  it('tell the age of a table', () => {
    const table = {
      ...{ device: { provider: 'cpu' as const, threads: 1 }, path: '/t', entries: 8 },
      ...{ oldest: '2026-01-01T00:00:00Z', newest: '2026-01-02T00:00:00Z' },
    };
    expect(tableRow(table, Date.parse('2026-01-05T01:00:00Z'))).toMatchObject({
      label: '1 thread',
      description: '8 entries, 3 days ago',
    });
  });
});

describe('texts of tooltips', () => {
  it('keep signs of Markdown as they are', () => {
    expect(escape('a|b *c* [d](e) <f>')).toBe('a\\|b \\*c\\* \\[d\\]\\(e\\) \\<f\\>');
    expect(tooltipTable('A_b', [['x', '1|2'], undefined])).toContain('| x | 1\\|2 |');
  });

  it('leave out what is not there', () => {
    expect(listed('a', undefined, false, 'b')).toBe('a, b');
  });
});
