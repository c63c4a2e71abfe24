import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../../analyze';
import type { SourceModel } from '../../sourceModel';

function modelOf(text: string): SourceModel {
  const [model] = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) }).models;
  expect([model.failure, model.unknown]).toEqual([undefined, []]);
  return model;
}

/** Parameters and MACs of width 32 and feed-forward 64 over so many places. */
const attention = (name: string, target: number, source = target): unknown[] => [
  [`${name}.in_proj`, 3 * (32 * 32 + 32), (target + 2 * source) * 32 * 32],
  [`${name}.out_proj`, 32 * 32 + 32, target * 32 * 32],
];
const forward = (name: string, places: number): unknown[] => [
  [`${name}.linear1`, 32 * 64 + 64, places * 32 * 64],
  [`${name}.linear2`, 64 * 32 + 32, places * 64 * 32],
];

const rows = ({ layers }: SourceModel): unknown[] =>
  layers.filter(({ path }) => path.includes('.')).map(({ path, params, macs }) => [path, params, macs]);

describe('transformers of PyTorch', () => {
  it('an encoder: copies of one layer, and a normalisation', () => {
    const model = modelOf(`import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(32, 4, 64, activation='gelu', batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(32))
    def forward(self, x):
        return self.encoder(x, mask=None)
x = torch.randn(1, 9, 32)
`);
    expect(rows(model)).toEqual(
      [0, 1].flatMap((at) => [
        ...attention(`encoder.layers.${at}.self_attn`, 9),
        ...forward(`encoder.layers.${at}`, 9),
      ]),
    );
    // PyTorch: two normalisations in each layer, and the last.
    expect(model.totals.params).toBe(2 * (4224 + 2112 + 2080) + 5 * 64);
    expect(model.output).toEqual([1, 9, 32]);
  });

  it('an encoder and a decoder', () => {
    const model = modelOf(`import torch
from torch import nn
# layerwise: input=1x10 input=1x7
class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.src, self.tgt = nn.Embedding(100, 32), nn.Embedding(120, 32)
        self.transformer = nn.Transformer(32, 4, 1, 1, dim_feedforward=64, batch_first=True)
        self.out = nn.Linear(32, 120)
    def forward(self, src, tgt):
        mask = nn.Transformer.generate_square_subsequent_mask(tgt.shape[1])
        return self.out(self.transformer(self.src(src), self.tgt(tgt), tgt_mask=mask))
`);
    expect(rows(model)).toEqual([
      ...attention('transformer.encoder.layers.0.self_attn', 10),
      ...forward('transformer.encoder.layers.0', 10),
      ...attention('transformer.decoder.layers.0.self_attn', 7),
      ...attention('transformer.decoder.layers.0.multihead_attn', 7, 10),
      ...forward('transformer.decoder.layers.0', 7),
    ]);
    expect(model.output).toEqual([1, 7, 120]);
    // PyTorch counts 21 504 in the Transformer, of which the seven normalisations have 64 each.
    expect(model.totals.params).toBe(32 * (100 + 120) + 33 * 120 + 21504);
  });
});
