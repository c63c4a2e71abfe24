import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../../analyze';
import type { SourceModel } from '../../sourceModel';

function modelOf(layers: string, result: string): SourceModel {
  const text = `import torch
import torch.nn.functional as F
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        ${layers}
    def forward(self, x):
        x = x.transpose(0, 1)
        return ${result}
x = torch.randn(1, 6, 8)
`;
  const [model] = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) }).models;
  expect([model.failure, model.unknown]).toEqual([undefined, []]);
  return model;
}

const macs = ({ layers }: SourceModel): unknown[] => layers.map(({ path, macs: own }) => [path, own]);

describe('attention as a function', () => {
  it('with the weights of several layers, as CLIP pools', () => {
    const model = modelOf(
      'self.q, self.k, self.v, self.c = nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 8), nn.Linear(8, 5)',
      `F.multi_head_attention_forward(query=x[:1], key=x, value=x, embed_dim_to_check=8, num_heads=2,
            q_proj_weight=self.q.weight, k_proj_weight=self.k.weight, v_proj_weight=self.v.weight, in_proj_weight=None,
            in_proj_bias=torch.cat([self.q.bias, self.k.bias, self.v.bias]), bias_k=None, bias_v=None,
            add_zero_attn=False, dropout_p=0, out_proj_weight=self.c.weight, out_proj_bias=self.c.bias,
            use_separate_proj_weight=True, training=self.training, need_weights=False)[0].squeeze(0)`,
    );
    expect(macs(model)).toEqual([
      ['q', 8 * 8],
      ['k', 6 * 8 * 8],
      ['v', 6 * 8 * 8],
      ['c', 8 * 5],
    ]);
    expect(model.output).toEqual([1, 5]);
  });

  it('with one weight for all three', () => {
    const call = (more: string): string => `F.multi_head_attention_forward(x, x[:1], x[:1], 8, 2, self.weight, None,
            None, None, False, 0.0, self.out.weight, self.out.bias${more})`;
    const layers = 'self.weight, self.out = nn.Parameter(torch.zeros(24, 8)), nn.Linear(8, 8)';
    const model = modelOf(layers, `${call('')}[1]`);
    expect(macs(model)).toEqual([
      ['weight', (6 + 1 + 1) * 8 * 8],
      ['out', 6 * 8 * 8],
    ]);
    expect(model.output).toEqual([1, 6, 1]);
    expect(modelOf(layers, `${call(', average_attn_weights=False')}[1]`).output).toEqual([1, 2, 6, 1]);
  });
});
