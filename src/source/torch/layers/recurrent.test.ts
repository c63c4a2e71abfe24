import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../../analyze';

const reasonsOf = (name: string, input: string): string[] => {
  const text = `import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.${name}Cell(8, 3)
    def forward(self, x):
        return self.cell(${input})
Net()(torch.randn(4, 6, 8))
`;
  const [model] = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) }).models;
  return model.unknown.map(({ reason }) => reason);
};

describe('cells of recurrent layers', () => {
  it.each(['LSTM', 'GRU', 'RNN'])('%sCell takes one step', (name) => {
    expect(reasonsOf(name, 'x[:, 0]')).toEqual([]);
    expect(reasonsOf(name, 'x[0, 0]')).toEqual([]);
    // PyTorch: Expected input to be 1-D or 2-D but received 3-D tensor.
    expect(reasonsOf(name, 'x')).toEqual([`AssertionError: one step of a ${name} got 4 x 6 x 8`]);
  });
});
