import { expect, it } from 'vitest';
import { analyzeSource } from '../analyze';

/** Functions with a backward of their own, in the style with a context and in that of PyTorch 2. */
it.each([
  [
    'with a context',
    `    @staticmethod
    def forward(ctx, x, times):
        ctx.save_for_backward(x)
        ctx.times, ctx.grad = times, ctx.needs_input_grad[0]
        ctx.mark_non_differentiable(x)
        return torch.cat([x] * ctx.times, 1)
    @staticmethod
    def backward(ctx, gradient):
        raise ValueError('not run')`,
  ],
  [
    'with a context that is set up apart',
    `    @staticmethod
    def forward(x, times):
        return torch.cat([x] * times, 1)
    @staticmethod
    def setup_context(ctx, inputs, output):
        raise ValueError('not run')`,
  ],
])('a function of autograd %s', (_, body) => {
  const text = `import torch
from torch import nn
class Repeat(torch.autograd.Function):
${body}
repeat = Repeat.apply
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3)
        self.second = nn.Conv2d(12, 5, 1)
    def forward(self, x):
        return self.second(repeat(self.first(x), 3))
`;
  const [model] = analyzeSource(
    '/w/net.py',
    { read: (path) => (path === '/w/net.py' ? text : undefined) },
    {
      inputs: [[1, 3, 8, 8]],
    },
  ).models;
  expect([model.output, model.unknown]).toEqual([[1, 5, 6, 6], []]);
});
