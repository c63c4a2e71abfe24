import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
    expect(rows(code)).toEqual(['body 3x2', '1x3', 'module mmengine.model was not found']);
  });
});

describe('networks of torchvision that need not be installed hold and compute what PyTorch counts', () => {
  interface Truth {
    readonly params: number;
    readonly macs: number;
    readonly layers: readonly (readonly [string, string | null, number, number])[];
  }
  const fixtures = join(import.meta.dirname, '../../../test/fixtures/torchvision');
  it.each(['resnet', 'vgg', 'alexnet', 'mobilenetv2', 'densenet'])('%s', (family) => {
    const truth = JSON.parse(readFileSync(join(fixtures, `${family}.json`), 'utf8')) as Record<string, Truth>;
    for (const [name, { params, macs, layers }] of Object.entries(truth)) {
      const text = `import torch
from torchvision import models
model = models.${name}(weights='DEFAULT')
model(torch.zeros(1, 3, 224, 224))
`;
      const [model] = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) }).models;
      expect(
        model.layers.map((layer) => [layer.path, layer.output?.join('x') ?? null, layer.params, layer.macs]),
        name,
      ).toEqual(layers);
      expect([model.totals.params, model.totals.macs, model.unknown], name).toEqual([params, macs, []]);
    }
  });

  it('with another head', () => {
    const code = `
import torch
from torch import nn
from torchvision.models import resnet18, ResNet18_Weights
class Net(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        backbone = resnet18(weights=ResNet18_Weights.DEFAULT)
        backbone.fc = nn.Identity()
        self.body = nn.Sequential(*list(backbone.children())[:-2])
        self.head = nn.Conv2d(512, classes, 1)
    def forward(self, x):
        return self.head(self.body(x))
`;
    expect(rows(code).slice(-2)).toEqual(['head 3x512x1x1', '1x3x7x7']);
  });

  it.each([
    'models.__dict__[name](pretrained=True)',
    'vars(models)[name](num_classes=1000)',
    'getattr(models, name)(True)',
    'models.get_model(name)',
    "torch.hub.load('pytorch/vision:v0.10.0', name, pretrained=True, trust_repo=True)",
  ])('%s of torchvision', (call) => {
    const code = `
import torch
import torchvision.models as models
names = sorted(name for name in models.__dict__ if name.islower() and callable(models.__dict__[name]))
def build(name='alexnet'):
    return ${call}
`;
    expect(rows(code).slice(-2)).toEqual(['classifier.6 1000x4096', '1x1000']);
  });

  it('a network of the hub that a script makes', () => {
    const code = "import torch\nnet = torch.hub.load('pytorch/vision', 'alexnet')\n";
    expect(rows(code).slice(-2)).toEqual(['classifier.6 1000x4096', '1x1000']);
  });
});
