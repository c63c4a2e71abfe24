import { describe, expect, it } from 'vitest';
import type { LayerSummary } from '../../protocol/model';
import type { SketchTimes } from '../../protocol/layerSketch';
import { analyzeSource } from '../../source/analyze';
import type { SourceAnalysis, SourceModel } from '../../source/sourceModel';
import { callFacts, definitionFacts, type CallFacts } from './callFacts';
import { modelFacts, type ExportedModel, type ModelFacts } from './evidence';
import { missingTexts, staleText, wasteText } from './misfits';
import { sketchKey, sketchOf } from './sketch';
import { gainText, hintText, inputNoteText, originText, suggestionText, totalsText, widthText } from './texts';
import { sketchAt, widthStep } from './widths';

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
    const facts = modelFacts(net, some);
    expect(facts.ms).toBeUndefined();
    // What is known of the others stays said.
    expect(facts.layers.get('blocks.0.conv')?.suggestion?.rank).toBe(32);
    expect([facts.untimed, facts.measurable]).toEqual([1, 1]);
    expect(originText(facts, 'CPU')).toMatch(
      / Times of layers of these sizes, measured on CPU\. 1 layer has no time\.$/,
    );
  });

  it('asks for no measurement of what nothing like it is measured', () => {
    const { layers } = net;
    const lost = layers.map((layer) => (layer.path === 'head' ? { ...layer, input: null, macs: null } : layer));
    const facts = modelFacts({ ...net, layers: lost }, times);
    expect([facts.ms, facts.untimed, facts.measurable]).toEqual([undefined, 1, 0]);
    expect(originText(modelFacts(net, times), 'CPU')).toMatch(/ measured on CPU\.$/);
    expect(originText(modelFacts(net, new Map()), 'CPU')).toMatch(/ Not measured on CPU yet: MACs only\.$/);
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

/** An exported twin of the network, with ranks of a run or spectra. */
function exportedWith(more: Partial<ExportedModel>, ranks?: readonly number[]): ExportedModel {
  const layers = net.layers.map(({ path, parameters, input, output }): [string, LayerSummary] => [
    path,
    {
      ...{ name: `/${path}`, op: 'Conv', macs: 1, params: 1, bytes: 4, weight: `${path}.weight` },
      ...{ weightDims: parameters.weight as number[], inputDims: input as number[], outputDims: output as number[] },
      ...{ status: 'compressible', reason: '' },
    },
  ]);
  const rows = ranks?.map((rank, i) => ({ name: `/blocks.${i}.conv`, rank, fullRank: 64, denseMs: 1, newMs: 0.4 }));
  const report = rows && ({ layers: rows } as unknown as ExportedModel['report']);
  return {
    ...{ uri: 'file:///net.onnx', name: 'net.onnx', layers: new Map(layers) },
    ...(report && { report, run: '/runs/1' }),
    ...more,
  };
}

const inBlocks = (facts: ModelFacts): CallFacts =>
  callFacts(analysis, facts).find(({ layers }) => layers.some((one) => one.layer.path === 'blocks.0.conv'))!;

describe('one call that makes several layers', () => {
  it('promises a time only when all of them are to have the same rank', () => {
    const same = inBlocks(modelFacts(net, times, exportedWith({}, [24, 24])));
    expect(same.suggestion).toMatchObject({ rank: 24, nowMs: 2, ms: 0.8, instances: 2, evidence: 'searched' });
    const different = inBlocks(modelFacts(net, times, exportedWith({}, [24, 16])));
    expect(different.suggestion).toBeUndefined();
    expect(different.layers.map(({ suggestion }) => suggestion?.rank)).toEqual([24, 16]);
  });
});

describe('a spectrum of the exported weights', () => {
  /** Errors by rank of a weight that has lost this share of its energy at rank 16, nothing from 32 on. */
  const errors = (lost: number): number[] =>
    Array.from({ length: 65 }, (_, rank) => (rank < 16 ? 1 : rank < 32 ? Math.sqrt(lost) : 0));
  const spectra = (first: number, second: number): ExportedModel =>
    exportedWith({ spectra: new Map([first, second].map((lost, i) => [`/blocks.${i}.conv`, errors(lost)])) });

  it('suggests the fastest rank that leaves nine tenths of the energy', () => {
    const { suggestion } = inBlocks(modelFacts(net, times, spectra(0.05, 0.08)));
    expect(suggestion).toMatchObject({ rank: 16, ms: 0.5, evidence: 'spectrum' });
    expect(suggestion?.energy).toBeCloseTo(0.92);
    expect(suggestionText(suggestion!, 2)).toBe(
      'Tucker-2 rank 16 of 64: 2.00 ms → 0.500 ms, 2 instances (spectrum keeps 92 %, accuracy untried)',
    );
    expect(inBlocks(modelFacts(net, times, spectra(0.2, 0.2))).suggestion).toMatchObject({ rank: 32, energy: 1 });
  });

  it('says why a layer is left as it is', () => {
    const flat = new Map(net.layers.map(({ path }) => [`/${path}`, Array.from({ length: 65 }, () => 0.9)]));
    const { layers, suggestion } = inBlocks(modelFacts(net, times, exportedWith({ spectra: flat })));
    expect(suggestion).toBeUndefined();
    expect(layers[0].kept).toBe('no faster rank leaves 90 % of its energy');
  });

  it('yields to what a search found', () => {
    const both = { ...spectra(0.05, 0.05), report: exportedWith({}, [24, 24]).report };
    expect(inBlocks(modelFacts(net, times, both)).suggestion).toMatchObject({ rank: 24, evidence: 'searched' });
  });
});

describe('what no longer fits', () => {
  it('is told on the layer, with the rank that a plan has for it', () => {
    const changed = (planned: boolean): ExportedModel => {
      const twin = exportedWith({}, planned ? [24, 24] : undefined);
      const strided = { ...twin.layers.get('blocks.0.conv')!, outputDims: [1, 64, 8, 8] };
      return { ...twin, layers: new Map([...twin.layers, ['blocks.0.conv', strided]]) };
    };
    const facts = modelFacts(net, times, changed(false));
    expect(facts.layers.get('blocks.0.conv')?.stale).toBe(true);
    expect(staleText(inBlocks(facts), facts.exported!)).toBe(
      'net.onnx has a weight of 64x64x3x3 and an output of 64x8x8 here: export it again.',
    );
    const planned = modelFacts(net, times, changed(true));
    expect(planned.layers.get('blocks.0.conv')?.suggestion?.evidence).not.toBe('searched');
    expect(staleText(inBlocks(planned), planned.exported!)).toContain('The newest plan gives this layer rank 24');
  });

  it('is told of layers that only one of code and plan has', () => {
    const twin = exportedWith({}, [24, 24]);
    expect(missingTexts(modelFacts(net, times, twin))).toEqual([]);
    const report = {
      layers: [...twin.report!.layers, { name: '/gone', rank: 8 }],
    } as unknown as ExportedModel['report'];
    const layers = new Map([...twin.layers].filter(([path]) => path !== 'head'));
    expect(missingTexts(modelFacts(net, times, { ...twin, layers, report }))).toEqual([
      'The newest plan for net.onnx names layers that the code lacks: /gone.',
      'net.onnx lacks layers of the code: head. Export it again.',
    ]);
  });
});

describe('a width', () => {
  const narrow = code.replaceAll('64', '33');
  const read = analyzeSource('net.py', { read: (path) => (path === 'net.py' ? narrow : undefined) });
  const model = read.models.find(({ entry }) => entry === 'Net')!;
  const stem = model.layers.find(({ path }) => path === 'stem')!;
  const widthOf = (known: ReadonlyMap<string, SketchTimes>): CallFacts['width'] =>
    callFacts(read, modelFacts(model, known)).find(({ layers }) => layers[0].layer === stem)?.width;

  it('that ends behind a block of vectors is told without figures until both widths were measured', () => {
    expect(widthOf(new Map())).toEqual({ from: 33, to: 32, block: 8, origin: 'assumed', learntFrom: 0 });
    expect(wasteText(widthOf(new Map())!)).toBe(
      '33 channels do not fill blocks of 8; 32 do. Blocks of 8 are an assumption: no step was measured on this device yet.',
    );
    const measured = (now: number, then: number): Map<string, SketchTimes> =>
      new Map([sketchOf(stem)!, sketchAt(stem, 32)!].map((sketch, i) => [sketchKey(sketch), { ms: [now, then][i] }]));
    expect(widthText(widthOf(measured(0.91, 0.6))!)).toBe('33 to 32 channels: 0.910 ms → 0.600 ms');
    // Measured, and no faster: there is nothing to say.
    expect(widthOf(measured(0.91, 0.9))).toBeUndefined();
  });

  it('is judged by the step of the device, where its latency table shows one', () => {
    const learnt = (size: number, from: 'layer' | 'device', layers = 1): Map<string, SketchTimes> =>
      new Map([[sketchKey(sketchOf(stem)!), { ms: null, step: { size, from, layers } }]]);
    expect(widthOf(learnt(16, 'device', 3))).toEqual({ from: 33, to: 32, block: 16, origin: 'device', learntFrom: 3 });
    const text = (known: Map<string, SketchTimes>): string => wasteText(widthOf(known)!);
    expect(text(learnt(16, 'device', 3))).toBe(
      '33 channels do not fill blocks of 16; 32 do. 3 layers of this kind were measured on this device: most times go in steps of 16.',
    );
    expect(text(learnt(4, 'device'))).toContain(
      'A layer of this kind was measured on this device: its times go in steps of 4.',
    );
    expect(text(learnt(4, 'layer'))).toContain('This layer was measured at several ranks: its times go in steps of 4.');
    // A device without steps wastes nothing; 33 is a multiple of 11, and far behind a multiple of 64.
    for (const size of [1, 11, 64]) expect(widthOf(learnt(size, 'device'))).toBeUndefined();
    const both = new Map(learnt(16, 'layer'));
    both.set(sketchKey(sketchOf(stem)!), { ...both.get(sketchKey(sketchOf(stem)!))!, ms: 0.9 });
    both.set(sketchKey(sketchAt(stem, 32)!), { ms: 0.6 });
    expect(text(both)).toBe(
      '33 channels take 0.900 ms, 32 take 0.600 ms. This layer was measured at several ranks: its times go in steps of 16.',
    );
  });

  it("is nobody's business where it fills its blocks, or is the task's", () => {
    const facts = modelFacts(net, times);
    expect([...facts.layers.values()].filter((one) => one.width)).toEqual([]);
    expect(widthStep(model.layers.at(-1)!, model, new Map())).toBeUndefined();
    // 12 channels would lose a third of themselves.
    const small = { ...stem, settings: { ...stem.settings, out_channels: 12 } };
    expect(widthStep(small, model, new Map())).toBeUndefined();
  });
});

it('a layer at every time step takes its time at each', () => {
  const text = `from keras import layers, models
net = models.Sequential([layers.TimeDistributed(layers.Conv2D(4, 3), input_shape=(5, 10, 10, 1))])
`;
  const [model] = analyzeSource('net.py', { read: () => text }).models;
  const sketch = sketchOf(model.layers[0])!;
  expect(sketch.input).toEqual([1, 1, 10, 10]);
  const facts = modelFacts(model, new Map([[sketchKey(sketch), { ms: 0.2 }]]));
  expect(facts.ms).toBeCloseTo(1);
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
      'Tucker-2 rank 32 of 64: 2.00 ms → 1.00 ms, 2 instances (estimate, accuracy untried)',
    );
  });

  it('sum up classes', () => {
    const totals = (name: string) =>
      definitionFacts(
        analysis.definitions.find((one) => one.name === name)!,
        facts,
      )!;
    expect(totalsText(totals('Net'), true)).toBe('21.3 M MACs, 83.9 k parameters, 4.00 ms');
    expect(gainText(totals('Net'))).toBe('2 layers worth compressing: 4.00 ms → 3.00 ms');
    expect(totalsText(totals('Block'), false)).toContain('50 % of the time');
  });
});

it.each([
  'given',
  'from the comment',
  'from the call of the model in this file',
  'usual size',
  'torch.randn on line 16',
  'image_size of the model',
  'Input of the model',
])('where an input came from, in English as the evaluation says it: %s', (note) => {
  expect(inputNoteText(note)).toBe(note);
});
