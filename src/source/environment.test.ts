import { describe, expect, it } from 'vitest';
import { analyzeSource, AnalysisMemory } from './analyze';
import { environmentNear, packageFolders, type ListFolder } from './environment';
import type { SourceAnalysis } from './sourceModel';

/** Lists folders of a disk that holds these files. */
function listing(...files: readonly string[]): ListFolder {
  return (folder) => {
    const inside = files.filter((file) => file.startsWith(`${folder}/`));
    return [...new Set(inside.map((file) => file.slice(folder.length + 1).split('/')[0]))];
  };
}

describe('folders of installed packages', () => {
  it.each([
    ['/p/.venv', '/p/.venv/lib/python3.12/site-packages'],
    ['/p/.venv/', '/p/.venv/lib/python3.12/site-packages'],
    ['/usr', '/usr/lib/python3/dist-packages'],
    ['C:/p/.venv', 'C:/p/.venv/Lib/site-packages'],
  ])('of %s', (environment, folder) => {
    expect(
      packageFolders(environment, listing(`${folder}/torch/__init__.py`, '/p/.venv/lib/other/site-packages/a.py')),
    ).toEqual([folder]);
  });

  it('are none where there is no Python', () => {
    expect(packageFolders('/p', listing('/p/lib/tool/a.py'))).toEqual([]);
  });
});

it('finds the nearest environment that a project keeps', () => {
  const list = listing(
    '/p/.venv/pyvenv.cfg',
    '/p/sub/venv/pyvenv.cfg',
    '/p/sub/deep/env/settings.py',
    '/c/env/conda-meta/history',
  );
  expect(environmentNear('/p/net.py', list)).toBe('/p/.venv');
  expect(environmentNear('/p/sub/deep/net.py', list)).toBe('/p/sub/venv');
  expect(environmentNear('/c/src/net.py', list)).toBe('/c/env');
  expect(environmentNear('/q/net.py', list)).toBeUndefined();
});

describe('code that builds on packages', () => {
  const site = '/p/.venv/lib/python3.12/site-packages';
  const files: Record<string, string> = {
    '/p/net.py': `
from torch import nn
from backbones import encoder, tower
import other
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = encoder(4)
        self.head = nn.Linear(4, 2)
        self.extra = other.Block()
        self.tower = tower(2)
    def forward(self, x):
        return self.tower(self.head(self.encoder(x)))
`,
    [`${site}/backbones/__init__.py`]: `
import os
import other
from .blocks import encoder, tower
if os.environ.get('FAST'):
    speed = other.fast(1)
`,
    [`${site}/backbones/blocks.py`]: `
from torch import nn
from backbones.sizes import inputs
def encoder(width):
    return nn.Linear(inputs, width)
def tower(width):
    return nn.Sequential(*[nn.Linear(width, width) for _ in range(2)])
`,
    [`${site}/backbones/sizes.py`]: 'inputs = 3\n',
    [`${site}/other/__init__.py`]: 'from torch import nn\nBlock = nn.Identity\nfast = None\n',
  };
  const analysed = (names?: readonly string[]): { analysis: SourceAnalysis; read: string[] } => {
    const read: string[] = [];
    const reader = {
      read: (path: string) => {
        if (path in files) read.push(path);
        return files[path];
      },
    };
    return { analysis: analyzeSource('/p/net.py', reader, names && { packages: { folders: [site], names } }), read };
  };
  const layers = ({ models }: SourceAnalysis): unknown[] =>
    models[0].layers.map(({ path, parameters }) => [path, parameters.weight]);

  it('follows those that are named, and only those', () => {
    const { analysis } = analysed(['backbones']);
    expect(layers(analysis)).toEqual([
      ['encoder', [4, 3]],
      ['head', [2, 4]],
      ['tower.0', [2, 2]],
      ['tower.1', [2, 2]],
    ]);
    expect(analysis.calls.map(({ callee, role }) => [callee, role])).toEqual([
      ['encoder', 'helper'],
      ['nn.Linear', 'layer'],
      ['tower', 'outside'],
    ]);
    expect(analysis.files).not.toContain(`${site}/other/__init__.py`);
    // What a package looks up when it is loaded is not told.
    expect(analysis.unknown.map(({ range, reason }) => [range.file, range.line, reason])).toEqual([
      ['/p/net.py', 10, 'other is installed, but not among the packages that are followed'],
    ]);
    expect(analysis.files).toContain(`${site}/backbones/blocks.py`);
  });

  it('tells at the call what was not found', () => {
    const { analysis, read } = analysed();
    expect(read).toEqual(['/p/net.py']);
    expect(layers(analysis)).toEqual([['head', [2, 4]]]);
    expect(analysis.unknown.map(({ range, reason }) => [range.line, reason])).toEqual([
      [8, 'module backbones was not found'],
      [10, 'module other was not found'],
      [11, 'module backbones was not found'],
    ]);
  });

  it('is evaluated anew when a package that it missed is there', () => {
    const disk = new Map([['/p/net.py', files['/p/net.py']]]);
    const memory = new AnalysisMemory();
    const packages = { folders: [site], names: ['backbones'] };
    const analyse = (): SourceAnalysis =>
      analyzeSource('/p/net.py', { read: (path) => disk.get(path) }, { packages }, memory);
    expect(layers(analyse())).toHaveLength(1);
    for (const [path, text] of Object.entries(files)) disk.set(path, text);
    expect(layers(analyse())).toHaveLength(4);
  });

  it('finds in a registry what a package brings together, and what is entered there later', () => {
    const disk = new Map([
      ['/p/a.py', `import torch\nfrom zoo import create\nnet = create('small')\n`],
      [`${site}/zoo/__init__.py`, 'from .registry import create\nfrom .small import *\n'],
      [
        `${site}/zoo/registry.py`,
        'known = {}\ndef register(make):\n    known[make.__name__] = make\n    return make\ndef create(name):\n    return known[name]()\n',
      ],
      [`${site}/zoo/small.py`, ''],
    ]);
    const memory = new AnalysisMemory();
    const packages = { folders: [site], names: ['zoo'] };
    const found = (): string[] =>
      analyzeSource('/p/a.py', { read: (path) => disk.get(path) }, { packages }, memory).models.map(
        ({ entry }) => entry,
      );
    const small =
      'from torch import nn\nfrom .registry import register\nDECORATOR\ndef small():\n    return nn.Sequential(nn.Linear(2, 3))\n';
    disk.set(`${site}/zoo/small.py`, small.replace('DECORATOR', ''));
    expect(found()).toEqual([]);
    disk.set(`${site}/zoo/small.py`, small.replace('DECORATOR', '@register'));
    expect(found()).toEqual(['create']);
  });

  it('reads a package that is not named from within', () => {
    const inside = `${site}/backbones/use.py`;
    const text = 'from backbones.blocks import tower\nfrom torch import nn\nnet = tower(5)\n';
    const reader = { read: (path: string) => (path === inside ? text : files[path]) };
    const analysis = analyzeSource(inside, reader, { packages: { folders: [site], names: [] } });
    expect(layers(analysis)).toHaveLength(2);
  });

  it('tells of every use of what is missing, once', () => {
    const told = (code: string): unknown[] => {
      const text = `import torch\nfrom torch import nn\nimport gone\nfrom gone import WIDTH, CONFIG, Base\n${code}`;
      return analyzeSource('/p/a.py', { read: (path) => (path === '/p/a.py' ? text : undefined) }).unknown.map(
        ({ range }) => text.slice(range.from, range.to),
      );
    };
    const net = (base: string, body: string): string =>
      `class Net(${base}):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(3, 4)\n        ${body}\n    def forward(self, x):\n        return self.a(x)\n`;
    expect(told(net('Base', 'pass'))).toEqual(['Base']);
    expect(told(net('nn.Module', 'self.b = nn.Linear(4, WIDTH)'))).toEqual(['WIDTH']);
    expect(told(net('nn.Module', "self.b = nn.Sequential(*[nn.ReLU() for _ in CONFIG['depths']])"))).toContain(
      "CONFIG['depths']",
    );
    expect(told(net('nn.Module', 'self.b = gone.make(1).build(2)'))).toEqual(['gone.make(1)']);
    expect(
      told(
        net('nn.Module', 'pass').replace('return', 'if x.shape[-1] > 100:\n            gone.warn()\n        return'),
      ),
    ).toEqual([]);
  });

  it('tells why a file has no model at all', () => {
    const text = 'import torch\nfrom torchvision import models\nnet = models.efficientnet_b0()\n';
    const { models, unknown } = analyzeSource('/p/a.py', { read: (path) => (path === '/p/a.py' ? text : undefined) });
    expect(models).toEqual([]);
    expect(unknown.map(({ range, reason }) => `${range.line}: ${reason}`)).toEqual([
      '3: torchvision.models.efficientnet_b0: torchvision was not found in a Python environment',
    ]);
  });
});
