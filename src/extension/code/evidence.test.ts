import { describe, expect, it } from 'vitest';
import type { LayerSummary } from '../../protocol/model';
import type { SketchTimes } from '../../protocol/layerSketch';
import { analyzeSource } from '../../source/analyze';
import type { SourceAnalysis, SourceModel } from '../../source/sourceModel';
import { callFacts, definitionFacts } from './callFacts';
import { modelFacts, type ExportedModel } from './evidence';
import { sketchKey, sketchOf } from './sketch';
import { gainText, hintText, suggestionText, totalsText } from './texts';

const code = `
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding='same', bias=False)

    def forward(self, x):
        return x + self.conv(x)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.blocks = nn.Sequential(Block(64), Block(64))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.blocks(self.stem(x)).mean((2, 3)))

Net()(torch.randn(1, 3, 32, 32))
`;

const analysis: SourceAnalysis = analyzeSource('net.py', { read: (path) => (path === 'net.py' ? code : undefined) });
const net = analysis.models.find(({ entry }) => entry === 'Net') as SourceModel;
const layer = (path: string): SourceModel['layers'][number] => net.layers.find((one) => one.path === path)!;

/** Times of all layers: a millisecond each, and of rank 16 a quarter of it, of rank 48 nearly as much. */
const times = new Map<string, SketchTimes>(
  net.layers.map((one) => {
    const convolution = one.path.startsWith('blocks');
    const staircase = {
      ...{ layer: '', device: { provider: 'cpu', threads: 1 } as const, keepMs: 1, candidates: [16, 48] },
      points: [16, 32, 48].map((rank, i) => ({ rank, ms: [0.25, 0.5, 0.9][i], low: 0, high: 1 })),
    };
    return [sketchKey(sketchOf(one)!), { ms: 1, ...(convolution && { staircase }) }] as const;
  }),
);

describe('sketches', () => {
  it('carry what a time depends on', () => {
    expect(sketchOf(layer('stem'))).toEqual({
      op: 'Conv',
      input: [1, 3, 32, 32],
      weight: [64, 3, 7, 7],
      bias: true,
      strides: [2, 2],
      dilations: [1, 1],
      pads: [3, 3, 3, 3],
      group: 1,
    });
    expect(sketchOf(layer('blocks.0.conv'))).toMatchObject({ pads: [1, 1, 1, 1], bias: false });
    expect(sketchOf(layer('head'))).toEqual({ op: 'Gemm', input: [1, 64], weight: [10, 64], bias: true });
  });
});

describe('what is known of a model in code', () => {
  it('sums up, and suggests the largest rank that is clearly faster', () => {
    const facts = modelFacts(net, times);
    expect(facts.ms).toBe(4);
    expect(facts.layers.get('blocks.0.conv')?.suggestion).toEqual({
      ...{ method: 'tucker', rank: 32, fullRank: 64, nowMs: 1, ms: 0.5, evidence: 'estimate' },
    });
    expect(facts.layers.get('stem')?.suggestion).toBeUndefined();
    expect(facts.suggestedMs).toBe(3);
  });

  it('claims no time of the whole while one layer is unknown', () => {
    const some = new Map([...times].slice(1));
    expect(modelFacts(net, some).ms).toBeUndefined();
  });

  it('puts the words of a search before estimates, and sees when the export is of other code', () => {
    const summary = (path: string, weightDims: number[]): LayerSummary => ({
      ...{ name: `/${path}`, op: 'Conv', macs: 1, params: 1, bytes: 4, weight: `${path}.weight`, weightDims },
      ...{ inputDims: [], outputDims: [], status: 'compressible', reason: '' },
    });
    const row = { op: 'Conv', status: 'compressible', origin: 'table', macsBefore: 1, macsAfter: 1 } as const;
    const report = {
      layers: [
        {
          ...row,
          ...{ name: '/blocks.0.conv', reason: '', rank: 24, fullRank: 64, denseMs: 0.8, newMs: 0.3 },
          ...{ paramsBefore: 1, paramsAfter: 1 },
        },
        { ...row, name: '/blocks.1.conv', reason: 'Kept by the search.', paramsBefore: 1, paramsAfter: 1 },
      ],
    } as unknown as ExportedModel['report'];
    const exported: ExportedModel = {
      ...{ uri: 'file:///net.onnx', name: 'net.onnx', report, run: '/runs/1' },
      layers: new Map([
        ['blocks.0.conv', summary('blocks.0.conv', [64, 64, 3, 3])],
        ['blocks.1.conv', summary('blocks.1.conv', [64, 64, 3, 3])],
        ['stem', summary('stem', [32, 3, 7, 7])],
      ]),
    };
    const { layers } = modelFacts(net, times, exported);
    expect(layers.get('blocks.0.conv')?.suggestion).toMatchObject({ rank: 24, ms: 0.3, evidence: 'searched' });
    expect(layers.get('blocks.1.conv')).toMatchObject({ kept: 'Kept by the search.' });
    expect(layers.get('blocks.1.conv')?.suggestion).toBeUndefined();
    expect(layers.get('stem')?.stale).toBe(true);
    expect(layers.get('blocks.0.conv')?.stale).toBeUndefined();
  });
});

describe('texts', () => {
  const facts = modelFacts(net, times);
  const calls = callFacts(analysis, facts);
  const of = (path: string) => calls.find(({ layers }) => layers.some((one) => one.layer.path === path))!;

  it('say what a line costs, by instances where there are several', () => {
    expect(hintText(of('stem'))).toBe('64x16x16, 2.4 M, 1.00 ms');
    expect(hintText(of('blocks.0.conv'))).toBe('2 instances, 18.9 M, 2.00 ms');
  });

  it('say what a layer could be, and how that is known', () => {
    const { suggestion } = of('blocks.0.conv');
    expect(suggestionText(suggestion!, suggestion!.instances)).toBe(
      'Tucker-2 rank 32 of 64: 2.00 ms to 1.00 ms, 2 instances (estimate, accuracy untried)',
    );
  });

  it('sum up classes', () => {
    const totals = (name: string) =>
      definitionFacts(
        analysis.definitions.find((one) => one.name === name)!,
        facts,
      )!;
    expect(totalsText(totals('Net'), true)).toBe('21.3 M MACs, 83.9 k parameters, 4.00 ms');
    expect(gainText(totals('Net'))).toBe('2 layers worth compressing: 4.00 ms to 3.00 ms');
    expect(totalsText(totals('Block'), false)).toContain('50 % of the time');
  });
});
