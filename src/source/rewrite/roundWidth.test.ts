import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../analyze';
import type { SourceAnalysis } from '../sourceModel';
import { RewriteError } from './errors';
import { roundWidth } from './roundWidth';
import { applyEdits } from './textEdit';

const file = '/net.py';
const analyze = (text: string): SourceAnalysis =>
  analyzeSource(file, { read: (path) => (path === file ? text : undefined) });

/** The text with the first layer, whose call begins so, made 32 wide. */
function narrowed(text: string, start: string): string {
  const analysis = analyze(text);
  const call = analysis.calls.find(({ range }) => text.startsWith(start, range.from));
  if (!call) throw new Error(`No call ${start}: ${analysis.calls.map(({ callee }) => callee).join()}.`);
  return applyEdits(text, roundWidth(text, analysis, call, 32, analyze).edits);
}

function refusal(text: string, start: string): string {
  try {
    narrowed(text, start);
  } catch (error) {
    if (RewriteError.is(error)) return error.message;
    throw error;
  }
  throw new Error('It was not refused.');
}

const net = (body: string, forward: string, head = ''): string => `import torch
from torch import nn
${head}

class Net(nn.Module):
    def __init__(self):
        super().__init__()
${body.replace(/^/gm, '        ')}

    def forward(self, x):
        return ${forward}


net = Net()
y = net(torch.randn(1, 3, 16, 16))
`;
const chain = 'self.c(self.b(self.bn(self.a(x))).flatten(1))';

describe('a width in the call', () => {
  it('changes with every layer that is joined to it, in products too', () => {
    const body = `self.a = nn.Conv2d(3, 33, 3)
self.bn = nn.BatchNorm2d(33)
self.b = nn.Conv2d(33, 8, kernel_size=3, padding=33 - 32)
self.c = nn.Linear(8 * 14 * 14, 33)`;
    const text = net(body, chain);
    // The output of the model is 33 wide as well: the rewrite would change it.
    expect(refusal(text, 'nn.Conv2d(3')).toContain('the output of Net is 1x32');
    const other = text.replace('14 * 14, 33)', '14 * 14, 10)');
    expect(narrowed(other, 'nn.Conv2d(3')).toBe(
      other
        .replace('Conv2d(3, 33', 'Conv2d(3, 32')
        .replace('BatchNorm2d(33', 'BatchNorm2d(32')
        .replace('Conv2d(33,', 'Conv2d(32,'),
    );
  });

  it('is refused when a layer it feeds has its width from elsewhere', () => {
    const body =
      'self.a = nn.Conv2d(3, 33, 3)\nself.bn = nn.BatchNorm2d(W)\nself.b = nn.Conv2d(W, 8, 3)\nself.c = nn.Flatten()';
    expect(refusal(net(body, chain, 'W = 33'), 'nn.Conv2d(3')).toMatch(/line \d+ fails|does not fit/);
    const lone = 'self.a = nn.Conv2d(3, 33, 3)\nself.bn = nn.BatchNorm2d(W)';
    expect(refusal(net(lone, 'self.bn(self.a(x)).mean()', 'W = 33'), 'nn.Conv2d(3')).toContain('bn does not fit');
  });
});

describe('a width with a name', () => {
  const body = `width = 33
self.a = nn.Conv2d(3, width, 3)
self.bn = nn.BatchNorm2d(width)
self.b = nn.Conv2d(width, 8, 3)
self.c = nn.Flatten()`;

  it('changes where the name gets its number: a variable, a constant, a default', () => {
    const text = net(body, chain).replace('8, 3)', '8, 3)');
    expect(narrowed(text, 'nn.Conv2d(3')).toBe(text.replace('width = 33', 'width = 32'));
    const constant = net(body.replace('width = 33\n', ''), chain, 'width = 33');
    expect(narrowed(constant, 'nn.Conv2d(3')).toBe(constant.replace('width = 33', 'width = 32'));
    const preset = net(body.replace('width = 33\n', ''), chain).replace('(self)', '(self, width: int = 33)');
    expect(narrowed(preset, 'nn.Conv2d(3')).toBe(preset.replace('= 33)', '= 32)'));
  });

  it('is refused where it is computed, bound twice or given by the caller', () => {
    expect(refusal(net(body.replace('= 33', '= 30 + 3'), chain), 'nn.Conv2d(3')).toContain('decided elsewhere');
    expect(refusal(net(body.replace('= 33', '= 1\nwidth = 33'), chain), 'nn.Conv2d(3')).toContain('decided elsewhere');
    const given = net(body.replace('width = 33\n', ''), chain)
      .replace('(self)', '(self, width)')
      .replace('Net()', 'Net(33)');
    expect(refusal(given, 'nn.Conv2d(3')).toContain('decided elsewhere');
  });
});
