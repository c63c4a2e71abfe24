import { analyzeSource } from '../analyze';

/** Shape that an expression of `x` (2 x 6 x 8), `v` (6) and `mask` has: its dimensions become the sizes of layers. */
export function shapeOf(expression: string): unknown[] {
  const text = `import torch, numpy as np
import torch.nn.functional as F
from typing import List
from torch import nn
from torch.distributions import Normal, Bernoulli
from torch.autograd import Variable
from einops import rearrange, reduce, repeat, einsum, parse_shape
from einops.layers.torch import Rearrange, Reduce
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        x, v = torch.zeros(2, 6, 8), torch.zeros(6)
        mask = torch.isnan(x)
        for at, size in enumerate((${expression}).shape):
            setattr(self, f'size{at}', nn.Linear(1, size, bias=False))
    def forward(self, x):
        return x
`;
  const [model] = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) }).models;
  return [...model.layers.map(({ params }) => params), ...model.unknown.map(({ reason }) => reason)];
}
