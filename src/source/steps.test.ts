import { describe, expect, it } from 'vitest';
import { analyzeInSteps, analyzeSource, AnalysisMemory } from './analyze';
import type { AnalysisOptions, SourceAnalysis } from './sourceModel';

const code = `
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return self.conv(x)

class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.block = Block(width)

    def forward(self, x):
        return self.block(self.stem(x))

def narrow():
    return Net(8)

def wide():
    return Net(64)
`;

function steps(text: string, options: AnalysisOptions = {}, memory = new AnalysisMemory()): SourceAnalysis[] {
  const all: SourceAnalysis[] = [];
  const reader = { read: (path: string) => (path === '/w/net.py' ? text : undefined) };
  const generator = analyzeInSteps('/w/net.py', reader, options, memory);
  for (;;) {
    const { done, value } = generator.next();
    all.push(value);
    if (done) return all;
  }
}

const whole = (text: string): SourceAnalysis =>
  analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) });

const entries = ({ models }: SourceAnalysis): string[] => models.map(({ entry }) => entry);
const paths = ({ calls }: SourceAnalysis): string[] =>
  calls.flatMap(({ instances }) => instances.map(({ entry, path }) => `${entry} ${path}`));

describe('an analysis in steps', () => {
  it('has one model alone first and ends with what is found at once', () => {
    const all = steps(code);
    expect(entries(all[0])).toEqual(['narrow']);
    expect(all.at(-1)).toEqual(whole(code));
    expect(entries(all.at(-1)!)).toEqual(['narrow', 'wide']);
    // What it says of that model is the last word.
    expect(paths(all[0])).toEqual(paths(whole(code)).filter((path) => path.startsWith('narrow')));
  });

  it('begins with the model that is wanted', () => {
    expect(entries(steps(code, { first: 'wide' })[0])).toEqual(['wide']);
    expect(entries(steps(code, { first: 'gone' })[0])).toEqual(['narrow']);
  });

  it('keeps the wanted model while its line is typed, and does not show another instead', () => {
    const memory = new AnalysisMemory();
    steps(code, { first: 'wide' }, memory);
    const typed = code.replace('return Net(64)', 'return Net(64');
    const [first] = steps(typed, { first: 'wide' }, memory);
    expect(entries(first)).toEqual(['wide']);
    expect(first.models[0].layers.map(({ path }) => path)).toEqual(['stem', 'block.conv']);
    const gone = code.replace('return Net(64)', 'return 64');
    expect(entries(steps(gone, { first: 'wide' }, memory)[0])).toEqual(['narrow']);
  });

  it('parses only what the shown model is made of', () => {
    const memory = new AnalysisMemory();
    const text = `${code}\ndef other():\n    return Net(\n        16,,\n    )\n`;
    const reader = { read: (path: string) => (path === '/w/net.py' ? text : undefined) };
    const generator = analyzeInSteps('/w/net.py', reader, {}, memory);
    // A function that nobody looked into has no errors yet.
    expect((generator.next().value as SourceAnalysis).incomplete).toBe(false);
    while (!generator.next().done);
    expect(memory.parser.parse('/w/net.py', text).incomplete).toBe(true);
  });
});
