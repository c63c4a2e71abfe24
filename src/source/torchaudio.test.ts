import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzeSource, AnalysisMemory } from './analyze';
import { installedPackage } from './testing/installedPackage';

/** Layers as `test/fixtures/torchaudio/makeTruth.py` finds them with PyTorch: path, output, parameters, MACs. */
interface Truth {
  readonly inputs: number[][];
  readonly params: number;
  readonly macs: number;
  readonly layers: readonly (readonly [string, string | null, number, number])[];
}

const fixtures = join(import.meta.dirname, '../../test/fixtures/torchaudio');
const truth = JSON.parse(readFileSync(join(fixtures, 'truth.json'), 'utf8')) as Record<string, Truth>;

const folder = installedPackage('torchaudio', '0.13.1');
const reader = { read: (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined) };

describe.skipIf(folder === undefined)('torchaudio 0.13.1, read without Python, against what PyTorch counts', () => {
  const memory = new AnalysisMemory();
  it.each(Object.entries(truth))('%s', (name, { inputs, params, macs, layers }) => {
    const packages = { folders: [folder!], names: ['torchaudio'] };
    const options = { entries: [name], inputs, packages };
    const analysis = analyzeSource(join(fixtures, 'networks.py'), reader, options, memory);
    const [model] = analysis.models;
    expect(
      model.layers.map((layer) => [layer.path, layer.output?.join('x') ?? null, layer.params, layer.macs]),
    ).toEqual(layers);
    expect(model.totals).toEqual({ params, macs, layers: layers.length });
  });
});
