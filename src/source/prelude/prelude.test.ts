import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../analyze';

function rows(text: string): unknown[] {
  const { models } = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) });
  return models.flatMap(({ layers, output, unknown }) => [
    ...layers.map(({ path, parameters }) => `${path} ${parameters.weight.join('x')}`),
    output?.join('x'),
    ...unknown.map(({ reason }) => reason),
  ]);
}

describe('libraries that need not be installed', () => {
  it.each([
    'import pytorch_lightning as pl',
    'import lightning as pl',
    'import lightning.pytorch as pl',
    'from lightning import pytorch as pl',
  ])('%s', (line) => {
    const code = `${line}
from torch import nn
class Net(pl.LightningModule):
    def __init__(self, width=3, depth=2, **kwargs):
        super().__init__()
        self.save_hyperparameters(ignore=['depth'])
        self.body = nn.Linear(2, self.hparams.width)
        self.head = nn.Linear(self.hparams['width'], self.hparams.get('depth', 5))
    def forward(self, x):
        return self.head(self.body(x))
    def training_step(self, batch, index):
        self.log('loss', 0)
`;
    expect(rows(code)).toEqual(['body 3x2', 'head 5x3', '1x5']);
  });

  it('models and settings of transformers', () => {
    const code = `
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel
from transformers.activations import ACT2FN
from transformers.modeling_outputs import CausalLMOutput
class TinyConfig(PretrainedConfig):
    def __init__(self, words=50, width=8, act='silu', **kwargs):
        super().__init__(**kwargs)
        self.words, self.width, self.act = words, width, act
class Tiny(PreTrainedModel):
    config_class = TinyConfig
    def __init__(self, config):
        super().__init__(config)
        self.embed = nn.Embedding(config.words, config.width)
        self.act = ACT2FN[config.act]
        self.head = nn.Linear(config.width, config.num_labels)
        self.post_init()
    def forward(self, input_ids):
        logits = self.head(self.act(self.embed(input_ids)))
        return CausalLMOutput(logits=logits) if self.config.use_return_dict else (logits,)
model = Tiny(TinyConfig(width=6, num_labels=3))
`;
    expect(rows(code)).toEqual(['embed 50x6', 'head 3x6', '1x128x3']);
  });

  it('helpers of timm', () => {
    const code = `
from torch import nn
from timm.models.layers import DropPath, trunc_normal_, to_2tuple
from timm.models.registry import register_model
class Block(nn.Module):
    def __init__(self, width, patch=2):
        super().__init__()
        self.conv = nn.Conv2d(3, width, to_2tuple(patch), to_2tuple(patch))
        self.drop = DropPath(0.1)
        trunc_normal_(self.conv.weight, std=0.02)
    def forward(self, x):
        return self.drop(self.conv(x))
@register_model
def tiny(pretrained=False, **kwargs):
    return Block(4, **kwargs)
`;
    expect(rows(code)).toEqual(['conv 4x3x2x2', '1x4x112x112']);
  });

  it('a base that cannot be read is a module where it computes', () => {
    const code = `
from torch import nn
from mmengine.model import BaseModule
class Net(BaseModule):
    def __init__(self, width=3, init_cfg=None):
        super().__init__(init_cfg=init_cfg)
        self.body = nn.Linear(2, width)
    def forward(self, x):
        return self.body(x)
class Loader(BaseModule):
    def __init__(self):
        self.layer = nn.Linear(1, 1)
`;
    expect(rows(code)).toEqual(['body 3x2', '1x3']);
  });
});
