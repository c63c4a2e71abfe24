import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../analyze';
import type { SourceAnalysis } from '../sourceModel';
import { RewriteError } from './errors';
import { extractHelper } from './extractHelper';
import { helperOf } from './helpers';
import type { ChosenCall } from './rewriteCall';
import { applyEdits } from './textEdit';

const code = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 64, 3, padding=1)
        self.b = nn.Conv2d(64, 64, 3, padding=1, bias=False)
        self.c = nn.utils.weight_norm(nn.Conv2d(64, 64, 3, padding=1))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.c(self.b(self.a(x))).mean((2, 3)))


net = Net()
net(torch.randn(1, 3, 8, 8))
`;

const analyze = (text: string): SourceAnalysis =>
  analyzeSource('/net.py', { read: (path) => (path === '/net.py' ? text : undefined) });

function chosen(text: string, ranks: Readonly<Record<string, number>>): ChosenCall[] {
  const { calls } = analyze(text);
  return Object.entries(ranks).map(([path, rank]) => {
    const call = calls.find(({ role, instances }) => role === 'layer' && instances[0].path === path)!;
    return { call, choice: { method: path === 'head' ? 'svd' : 'tucker', rank } };
  });
}

describe('a helper for several layers', () => {
  it('stands in the file once, and every call keeps its arguments', () => {
    const { title, edits } = extractHelper(code, chosen(code, { a: 8, b: 16 }));
    const text = applyEdits(code, edits);
    expect(title).toBe('Extract tucker_conv2d, used by 2 calls');
    expect(text.match(/def tucker_conv2d/g)).toHaveLength(1);
    expect(text).toContain('self.a = tucker_conv2d(3, 64, 3, padding=1, rank=8)');
    expect(text).toContain('self.b = tucker_conv2d(64, 64, 3, padding=1, bias=False, rank=16)');
    // Read again, the model has the factors: 1x1 to 16, 3x3, 1x1 to 64.
    const [net] = analyze(text).models;
    expect(net.layers.filter(({ path }) => path.startsWith('b.')).map(({ parameters }) => parameters.weight)).toEqual([
      [16, 64, 1, 1],
      [16, 16, 3, 3],
      [64, 16, 1, 1],
    ]);
  });

  it('leaves calls that can not be exchanged, and is refused when none can', () => {
    const all = chosen(code, { b: 16, c: 16 });
    const text = applyEdits(code, extractHelper(code, all).edits);
    expect(text).toContain('weight_norm(nn.Conv2d(64, 64, 3, padding=1))');
    expect(() => extractHelper(code, all.slice(1))).toThrow(RewriteError);
  });

  it('is one form only', () => {
    const mixed = chosen(code, { b: 16, head: 4 });
    expect(mixed.map(({ call, choice }) => helperOf(call, choice))).toEqual(['tucker_conv2d', 'svd_linear']);
    expect(() => extractHelper(code, mixed)).toThrow('no form in common');
  });
});
