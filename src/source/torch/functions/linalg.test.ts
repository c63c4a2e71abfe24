import { expect, it } from 'vitest';
import { evaluated } from '../../testing/evaluated';

it('products over pairs of dimensions count for the weight that takes part', () => {
  expect(
    evaluated(`class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Parameter(torch.zeros(6, 8, 5))
        self.rows = nn.Parameter(torch.zeros(3, 5))
        self.out = nn.Linear(3, 2)
    def forward(self, x):
        x = torch.tensordot(x, self.mix, dims=([2, 3], [0, 1]))
        return self.out(torch.inner(x, self.rows))
net = Net()
net(torch.zeros(1, 4, 6, 8))
`),
  ).toEqual([
    `mix 240 ${4 * 5 * 6 * 8} 1x4x5`,
    `rows 15 ${4 * 3 * 5} 1x4x3`,
    `out 8 ${4 * 3 * 2} 1x4x2`,
    '263 -> 1x4x2',
  ]);
});
