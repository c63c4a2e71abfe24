import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyzeSource, AnalysisMemory } from './analyze';
import type { SourceModel } from './sourceModel';
import { installedPackage } from './testing/installedPackage';

/** Layers as `test/fixtures/torchvision/makeTruth.py` finds them with PyTorch: path, output, parameters, MACs. */
interface Truth {
  readonly input: number[];
  readonly params: number;
  readonly macs: number;
  readonly layers: readonly (readonly [string, string | null, number, number])[];
}

const fixtures = join(import.meta.dirname, '../../test/fixtures/torchvision');

const folder = installedPackage('torchvision', '0.14.1');
const models = folder && join(folder, 'torchvision', 'models');
const reader = { read: (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined) };

/** Factories that are not exactly right, with the reason. */
const different: Readonly<Record<string, string>> = {};

/** Code of a user who builds on the installed package. */
function using(names: readonly string[]): string {
  const factory = (name: string): string => `def my_${name}():\n    return models.${name}(weights=None)\n`;
  return `import torch\nfrom torchvision import models\n${names.map(factory).join('')}`;
}

function rows({ layers }: SourceModel): Truth['layers'] {
  return layers.map(({ path, output, params, macs }) => [path, output?.join('x') ?? null, params ?? NaN, macs ?? NaN]);
}

function expectTruth(model: SourceModel, expected: Truth): void {
  expect(rows(model), model.entry).toEqual(expected.layers);
  const { params, macs, layers } = expected;
  expect(model.totals, model.entry).toEqual({ params, macs, layers: layers.length });
}

describe.skipIf(models === undefined)('torchvision 0.14.1, read without Python, against what PyTorch counts', () => {
  const memory = new AnalysisMemory();
  for (const file of readdirSync(fixtures).filter((name) => name.endsWith('.json'))) {
    const family = basename(file, '.json');
    const truth = JSON.parse(readFileSync(join(fixtures, file), 'utf8')) as Record<string, Truth>;
    const [{ input }] = Object.values(truth);
    it(`${family}: ${Object.keys(truth).length} factories`, () => {
      const analysis = analyzeSource(join(models!, `${family}.py`), reader, { inputs: [input] }, memory);
      const found = new Map(analysis.models.map((model) => [model.entry, model]));
      expect([...found.keys()].sort()).toEqual(Object.keys(truth).sort());
      for (const [name, expected] of Object.entries(truth))
        if (!(name in different)) expectTruth(found.get(name)!, expected);
    });

    it(`${family} as an installed package that other code builds on`, () => {
      const names = Object.keys(truth).filter((name) => !(name in different));
      const code = { read: (path: string) => (path === '/w/use.py' ? using(names) : reader.read(path)) };
      const packages = { folders: [folder!], names: ['torchvision'] };
      const analysis = analyzeSource('/w/use.py', code, { inputs: [input], packages }, memory);
      expect(analysis.models.map(({ entry }) => entry)).toEqual(names.map((name) => `my_${name}`));
      analysis.models.forEach((model, at) => expectTruth(model, truth[names[at]]));
    });
  }

  it.each([
    'models.resnet18(pretrained=True)',
    "models.__dict__['resnet18'](pretrained=True, progress=False)",
    "models.get_model('resnet18', weights=None)",
    "torch.hub.load('pytorch/vision', 'resnet18')",
    'models.resnet18(weights=models.ResNet18_Weights.DEFAULT)',
    "models.resnet18(num_classes=len(models.ResNet18_Weights.DEFAULT.meta['categories']))",
  ])('%s of the installed package', (call) => {
    const text = `import torch\nfrom torchvision import models\ndef build():\n    return ${call}\n`;
    const code = { read: (path: string) => (path === '/w/use.py' ? text : reader.read(path)) };
    const packages = { folders: [folder!], names: ['torchvision'] };
    const analysis = analyzeSource('/w/use.py', code, { packages }, memory);
    expect(analysis.models.map(({ entry, totals }) => [entry, totals.params])).toEqual([['build', 11_689_512]]);
  });

  it('lets at most one factory in twenty differ', () => {
    const all = readdirSync(fixtures)
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => Object.keys(JSON.parse(readFileSync(join(fixtures, name), 'utf8')) as object));
    expect(all.length).toBe(79);
    expect(Object.keys(different).length).toBeLessThanOrEqual(all.length * 0.05);
  });
});
