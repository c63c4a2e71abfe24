import { describe, expect, it } from 'vitest';
import { analyzeSource } from './analyze';
import type { AnalysisOptions, SourceModel } from './sourceModel';

function modelsOf(text: string, options: AnalysisOptions = {}): readonly SourceModel[] {
  return analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) }, options).models;
}

/** Name of the layer, parameters and MACs. */
function rows({ layers }: SourceModel): unknown[] {
  return layers.map(({ path, params, macs }) => [path, params, macs]);
}

describe('what is not known counts as unknown, not as nothing', () => {
  const net = (init: string, forward: string): string => `import torch
from torch import nn
import elsewhere
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(8, 8)
        self.b = nn.Linear(8, 4)
        self.unused = nn.Linear(8, 2)
        ${init}
    def forward(self, x):
        x = self.a(x)
        ${forward}
Net()(torch.randn(1, 8))
`;

  it('layers that are never called cost nothing', () => {
    const [model] = modelsOf(net('pass', 'return self.b(x)'));
    expect(rows(model)).toEqual([
      ['a', 72, 64],
      ['b', 36, 32],
      ['unused', 18, 0],
    ]);
    expect(model.totals).toMatchObject({ params: 126, macs: 96 });
  });

  it.each([
    ['a run that ends early', 'return self.b(torch.cat([x, torch.zeros(2, 9)]))'],
    ['a loop of unknown length', 'for _ in elsewhere.steps():\n            x = self.b(x)\n        return x'],
  ])('layers after %s', (_, forward) => {
    const [model] = modelsOf(net('pass', forward));
    expect(rows(model)).toEqual([
      ['a', 72, 64],
      ['b', 36, null],
      ['unused', 18, null],
    ]);
    expect(model.totals).toMatchObject({ params: 126, macs: null });
  });

  it.each([
    ['that is not known', 'self.part = elsewhere.block(8)', 'return self.b(self.part(x))'],
    ['that failed', "self.part = nn.Linear(8, {}['width'])", 'return self.b(self.part(x))'],
    ['in a list', 'self.parts = nn.ModuleList([elsewhere.block(8)])', 'return self.b(self.parts[0](x))'],
    ['in a sequence', 'self.parts = nn.Sequential(nn.ReLU(), elsewhere.block(8))', 'return self.b(self.parts(x))'],
    [
      'in a loop of unknown length',
      "for at in range(elsewhere.depth()):\n            if at:\n                setattr(self, f'l{at}', nn.Linear(8, 8))",
      'return self.b(x)',
    ],
    [
      'in a loop of unknown end',
      'while elsewhere.more():\n            self.part = nn.Linear(8, 8)',
      'return self.b(x)',
    ],
    [
      'in a loop of unknown length, tried',
      "for at in elsewhere.steps():\n            try:\n                setattr(self, f'l{at}', nn.Linear(8, 8))\n            finally:\n                pass",
      'return self.b(x)',
    ],
    [
      'in a loop of unknown length, by cases',
      'for at in elsewhere.steps():\n            match at:\n                case 1:\n                    self.part = nn.Linear(8, 8)',
      'return self.b(x)',
    ],
    ['that is a weight of unknown size', 'self.scale = nn.Parameter(elsewhere.scale())', 'return self.b(x)'],
    ['that failed and is not called', "self.part = nn.Linear(8, {}['width'])", 'return self.b(x)'],
  ])('totals of a model with a part %s', (_, init, forward) => {
    const [model] = modelsOf(net(init, forward));
    expect(model.totals).toMatchObject({ params: null, macs: null });
    expect(rows(model)[0]).toEqual(['a', 72, 64]);
  });

  it.each([
    ['a buffer that failed', "self.register_buffer('scale', torch.zeros(3).view(2, 2))"],
    ['a number that failed', 'self.scale = 1 / 0'],
    ['a method that is not modelled', 'self._get_name()'],
    ['what a loop of unknown length counts', 'for at in elsewhere.steps():\n            self.count = at + 1'],
  ])('%s is no part of a model', (_, init) => {
    const [model] = modelsOf(net(init, 'return self.b(x)'));
    expect(model.totals).toMatchObject({ params: 126 });
  });

  it('layers of Keras whose input is not known have no weights yet', () => {
    const [model] = modelsOf(`
from keras import layers, Input, Model
from elsewhere import mixed
def net():
    x = Input((16,))
    y = layers.Dense(8, name='first')(x)
    return Model(x, layers.Dense(2, name='second')(layers.LayerNormalization()(mixed(y))))
`);
    expect(rows(model)).toEqual([
      ['first', 16 * 8 + 8, 128],
      ['second', null, null],
    ]);
    expect(model.totals).toMatchObject({ params: null, macs: null });
  });
});

describe('inputs of functional Keras models', () => {
  const code = (shape: string): string => `
from keras import layers, Input, Model
import numpy as np
x_train = np.load('x.npy')
def net():
    image = Input(${shape})
    return Model(image, layers.Dense(3)(layers.Flatten()(image)))
`;

  it.each(['x_train.shape[1:]', '(None, None, 1)', 'shape=(28, None, 1)'])('%s is open', (shape) => {
    const [open] = modelsOf(code(shape));
    expect(rows(open)).toEqual([['dense', null, null]]);
    const [given] = modelsOf(code(shape), { inputs: [[1, 28, 28, 1]] });
    expect(rows(given)).toEqual([['dense', 784 * 3 + 3, 784 * 3]]);
  });

  it('what the code says stays', () => {
    const [model] = modelsOf(code('(8, 8, 1)'), { inputs: [[1, 28, 28, 1]] });
    expect(model.inputs).toEqual([[1, 8, 8, 1]]);
  });

  it('inputs and outputs of a model are lists', () => {
    const models = modelsOf(`
from keras import layers, Input, Model
first = Input((20, 5))
whole = Model(first, layers.Dense(2)(layers.Flatten()(first)))
part = Model(whole.inputs[0], whole.outputs[0])
`);
    expect(models.map(({ inputs, output, totals }) => [inputs, output, totals.params])).toEqual([
      [[[1, 20, 5]], [1, 2], 202],
      [[[1, 20, 5]], [1, 2], 202],
    ]);
  });

  it('a class without call is no model to run; the one inside it is', () => {
    const models = modelsOf(`
from keras import layers, Model, Sequential, Input
inner = Sequential([Input((8,)), layers.Dense(4)])
class Trainer(Model):
    def __init__(self, net):
        super().__init__()
        self.net = net
    def train_step(self, data):
        return {}
trainer = Trainer(inner)
`);
    expect(models.map(({ entry, totals, failure }) => [entry, totals.params, failure])).toEqual([
      ['Sequential', 36, undefined],
    ]);
  });
});

it('several models of one kind have their own names', () => {
  const models = modelsOf(`
import torch
from torch import nn
from keras import layers, Model, Input
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, 3)
    def forward(self, x):
        return self.fc(x)
student = Net(4)
teacher = Net(8)
a = Input((8,))
first = Model(a, layers.Dense(4)(a))
b = Input((16,))
second = Model(b, layers.Dense(2)(b))
`);
  expect(models.map(({ entry, totals }) => [entry, totals.params])).toEqual([
    ['Net', 15],
    ['teacher', 27],
    ['Model', 36],
    ['second', 34],
  ]);
});

it.each([
  ['at the top level', 'z = torch.randn(64, size, 1, 1)\ny = net(z)'],
  ['printed', 'z = torch.randn(64, size, 1, 1)\nprint(net(z).shape)'],
])('an input with a named size, given to the model %s', (_, code) => {
  const [model] = modelsOf(`
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.up = nn.ConvTranspose2d(width, 64, 4)
    def forward(self, x):
        return self.up(x)
size = 10 * 10
net = Net(size)
${code}
`);
  expect([model.inputs, model.inputOrigin]).toEqual([[[1, 100, 1, 1]], 'example']);
});
