import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { analyzeSource, AnalysisMemory } from './analyze';
import { networks } from './testing/networks';
import type { SourceAnalysis } from './sourceModel';

function analyze(text: string, memory = new AnalysisMemory()): SourceAnalysis {
  return analyzeSource('/w/model.py', { read: (path) => (path === '/w/model.py' ? text : undefined) }, {}, memory);
}

// Thousands of analyses, on whatever else the machine does.
vi.setConfig({ testTimeout: 240_000 });

/** No error of our own was caught on the way. */
function expectSound({ models, unknown }: SourceAnalysis, what: string): void {
  for (const { failure } of models) expect(failure ?? '', what).not.toContain('could not be evaluated');
  for (const { reason } of unknown) expect(reason, what).not.toContain('not analysed');
}

/** Lines of layers' own calls. */
function hintLines({ calls }: SourceAnalysis): number[] {
  return [...new Set(calls.filter(({ role }) => role === 'layer').map(({ range }) => range.line))];
}

describe.each(Object.entries(networks))('half-typed %s', (_, text) => {
  it('is evaluated at every prefix', () => {
    const memory = new AnalysisMemory();
    for (let end = 0; end <= text.length; end++) {
      expectSound(analyze(text.slice(0, end), memory), `prefix ${end}`);
    }
    expect(hintLines(analyze(text, memory))).toEqual(hintLines(analyze(text)));
  });

  it('keeps the hints of all other lines while a line is typed', () => {
    const lines = text.split('\n');
    const all = hintLines(analyze(text));
    expect(all.length).toBeGreaterThan(3);
    for (const line of all) {
      const memory = new AnalysisMemory();
      analyze(text, memory);
      const full = lines[line - 1];
      // Deleting the line's end character by character, as one does before typing it anew.
      for (let length = full.length - 1; length > full.length - full.trimStart().length; length--) {
        const typed = [...lines.slice(0, line - 1), full.slice(0, length), ...lines.slice(line)].join('\n');
        const analysis = analyze(typed, memory);
        if (!analysis.incomplete) continue;
        const left = hintLines(analysis);
        const lost = all.filter((other) => !left.includes(other) && !lines[line - 1].includes(lines[other - 1]));
        expect(lost, `line ${line}, ${JSON.stringify(full.slice(0, length))}`).toEqual([]);
      }
    }
  });

  it('survives deletions anywhere', () => {
    const memory = new AnalysisMemory();
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(text.length), fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 4 }),
        (cuts) => {
          const left = cuts.reduce((rest, [at, count]) => rest.slice(0, at) + rest.slice(at + count), text);
          expectSound(analyze(left, memory), left);
        },
      ),
      { numRuns: 80, seed: 5 },
    );
  });
});

const installed = ['alexnet', 'squeezenet', 'mobilenetv2'].map(
  (name) => `/usr/lib/python3/dist-packages/torchvision/models/${name}.py`,
);

describe.skipIf(!installed.every((path) => existsSync(path)))('prefixes of torchvision files', () => {
  it.each(installed)('%s is evaluated at the end of every line and within', (path) => {
    const text = readFileSync(path, 'utf8');
    const memory = new AnalysisMemory();
    const read = (end: number) => (wanted: string) =>
      wanted === path ? text.slice(0, end) : existsSync(wanted) ? readFileSync(wanted, 'utf8') : undefined;
    for (let end = 0; end <= text.length; end += 37) {
      expectSound(analyzeSource(path, { read: read(end) }, {}, memory), `prefix ${end}`);
    }
  });
});

describe('endless and wild code', () => {
  it.each([
    ['a loop without end', 'def build():\n    while True:\n        pass\n    return 1\n'],
    ['a recursion without end', 'def build():\n    return build()\n'],
    ['deep brackets', `def build():\n    return ${'('.repeat(5000)}1${')'.repeat(5000)}\n`],
    ['deep unclosed brackets', `x = ${'['.repeat(5000)}`],
    [
      'a list that grows while walked',
      'def build():\n    x = [1]\n    for y in x:\n        x.append(y)\n    return x\n',
    ],
    [
      'a class of itself',
      'import torch.nn as nn\nclass A(A):\n    def forward(self, x):\n        return x\nmodel = A()\n',
    ],
    ['a long range', 'def build():\n    return [x for x in range(10**12)]\n'],
    ['an endless generator', 'def g():\n    while True:\n        yield 1\ndef build():\n    return list(g())\n'],
    ['doubling text', "def build():\n    x = 'a'\n    while True:\n        x = x + x\n    return x\n"],
  ])('%s ends', (_, text) => {
    expect(analyze(text).models).toEqual([]);
  });
});

it('models that were renamed do not come back, also where something is missing', () => {
  const memory = new AnalysisMemory();
  const module = (name: string, extra = ''): string =>
    `class ${name}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.a = nn.Linear(3, 4)\n${extra}    def forward(self, x):\n        return self.a(x)\n`;
  const text = (first: string, end = ''): string =>
    `import torch\nfrom torch import nn\nimport helpers\n${module(first)}${module('B', '        self.b = helpers.thing(3)\n')}${end}`;
  const entries = (code: string): string[] => analyze(code, memory).models.map(({ entry }) => entry);
  expect(entries(text('A'))).toEqual(['A', 'B']);
  expect(entries(text('C'))).toEqual(['C', 'B']);
  expect(entries(text('C', 'x = 1\n'))).toEqual(['C', 'B']);
  expect(entries(text('C', 'x = (1,'))).toEqual(['C', 'B']);
});
