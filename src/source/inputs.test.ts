import { describe, expect, it } from 'vitest';
import { analyzeSource } from './analyze';
import type { SourceModel } from './sourceModel';

function modelOf(text: string): SourceModel {
  return analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) }).models[0];
}

describe('an input that the text shows', () => {
  const words = (example: string): string => `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, words=100):
        super().__init__()
        self.embed = nn.Embedding(words, 8)
        self.head = nn.Linear(8, words)

    def forward(self, ids):
        length = ids.shape[1]
        mask = torch.full((length, length), torch.finfo(self.head.weight.dtype).min).triu(1)
        return self.head(self.embed(ids)) + mask.sum()

if __name__ == "__main__":
    ${example}
`;

  it.each([
    ['torch.randint(0, 100, (2, 20))', [1, 20], 'torch.randint on line 16'],
    ['torch.randint(low=0, high=words, size=[3, 24], device="cuda")', [1, 24], 'torch.randint on line 16'],
    // Labels have no features, and what is no literal says nothing.
    ['torch.randint(0, 100, (7,))', [1, 128], 'usual size'],
    ['torch.randint(0, 100, (n, 20))', [1, 128], 'usual size'],
  ])('%s', (example, shape, note) => {
    const model = modelOf(words(`ids = ${example}`));
    expect([model.inputs, model.inputNote]).toEqual([[shape], note]);
    expect(model.output).toEqual([1, shape[1], 100]);
    expect(model.unknown).toEqual([]);
  });

  it('images come before labels that are drawn above them', () => {
    const model = modelOf(`import torch
from torch import nn
net = nn.Sequential(nn.Conv2d(3, 4, 3))
y = torch.randint(0, 2, (2, 3, 40, 40))
x = torch.randn(2, 3, 50, 50)
`);
    expect(model.inputs).toEqual([[1, 3, 50, 50]]);
  });
});
