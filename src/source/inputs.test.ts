import { describe, expect, it } from 'vitest';
import { AnalysisMemory, analyzeSource } from './analyze';
import type { SourceModel } from './sourceModel';

function modelOf(text: string): SourceModel {
  const { models } = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) });
  expect(models).toHaveLength(1);
  return models[0];
}

describe('with what is remembered of the text before', () => {
  const net = `from torch import nn
import torch

class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Linear(3, 4))

def main():
    x = torch.randn(2, 3)
`;
  const image = net
    .replace('nn.Linear(3, 4)', 'nn.Conv2d(3, 4, 3)')
    .replace('x = torch.randn(2, 3)', 'CIFAR10("data")');

  it.each([
    ['a line above', net, net.replace('import torch\n', 'import torch\n\ny = 1\n')],
    ['other sizes', net, net.replace('(2, 3)', '(2, 7, 3)')],
    ['no example any more', net, net.replace('torch.randn(2, 3)', '1')],
    ['an example where none was', net.replace('torch.randn(2, 3)', '1'), net],
    ['a line above a data set', image, image.replace('import torch\n', 'import torch\n\ny = 1\n')],
    ['another data set', image, image.replace('CIFAR10', 'MNIST')],
  ])('%s', (_, before, after) => {
    let text = before;
    const reader = { read: (path: string) => (path === '/w/net.py' ? text : undefined) };
    const memory = new AnalysisMemory();
    analyzeSource('/w/net.py', reader, {}, memory);
    text = after;
    expect(analyzeSource('/w/net.py', reader, {}, memory)).toEqual(analyzeSource('/w/net.py', reader));
  });
});

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
    ['torch.randint(0, 100, (n, 20))', [1, 20], 'torch.randint on line 16'],
    ['torch.randint(0, 100, (20, n))', [1, 128], 'usual size'],
  ])('%s', (example, shape, note) => {
    const model = modelOf(words(`ids = ${example}`));
    expect([model.inputs, model.inputNote]).toEqual([[shape], note]);
    expect(model.output).toEqual([1, shape[1], 100]);
    expect(model.unknown).toEqual([]);
  });

  it('is no size of a recurrent layer', () => {
    const model = modelOf(`import torch
from torch import nn
class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(50, 8)
        self.lstm = nn.LSTM(8, 6, batch_first=True)
    def forward(self, words):
        return self.lstm(self.embed(words))[0]
`);
    expect([model.inputs, model.output]).toEqual([[[1, 128]], [1, 128, 6]]);
  });

  it('is an image where patches of it go into a linear layer', () => {
    const model = modelOf(`import torch
from torch import nn
class ViT(nn.Module):
    def __init__(self, image_size=64, patch=8):
        super().__init__()
        self.image_size, self.patch = image_size, patch
        self.embed = nn.Linear(3 * patch * patch, 24)
    def forward(self, x):
        b, c, h, w = x.shape
        p = self.patch
        x = x.reshape(b, c, h // p, p, w // p, p).permute(0, 2, 4, 3, 5, 1)
        return self.embed(x.reshape(b, -1, p * p * c))
`);
    expect([model.inputs, model.output, model.inputNote]).toEqual([
      [[1, 3, 64, 64]],
      [1, 64, 24],
      'image_size of the model',
    ]);
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

  it('is what the model is called with inside print(), one time step and label for the one sample', () => {
    const model = modelOf(`import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.time = nn.Linear(1, 4)
        self.label = nn.Embedding(9, 4)
    def forward(self, x, t, y):
        shift = self.time(t[:, None]) + self.label(y)
        return self.conv(x) + shift[:, :, None, None]
if __name__ == '__main__':
    net = Net()
    net = net.to('cuda' if torch.cuda.is_available() else 'cpu')
    print(net(torch.randn(2, 3, 20, 20), torch.rand(2), torch.randint(0, 9, (2,))).shape)
`);
    expect([model.inputs, model.inputNote]).toEqual([
      [[1, 3, 20, 20], [1], [1]],
      'from the call of the model in this file',
    ]);
    expect([model.output, model.unknown]).toEqual([[1, 4, 18, 18], []]);
  });

  it.each([
    ['train = datasets.CIFAR10("data", train=True)', [1, 3, 32, 32], 'CIFAR10 on line 4'],
    [
      'train = MNIST(root, transform=T.Compose([T.Resize((40, 48)), T.ToTensor()]))',
      [1, 3, 40, 48],
      'Resize on line 4',
    ],
    [
      't = Compose([RandomResizedCrop(size=96)])\nu = Compose([Resize(128), CenterCrop(112)])',
      [1, 3, 112, 112],
      'CenterCrop on line 5',
    ],
    ['train = CIFAR100(root, transform=T.RandomCrop(24, 4))', [1, 3, 24, 24], 'RandomCrop on line 4'],
    ['class CIFAR10(nn.Module): pass\n# Resize(64) MNIST()', [1, 3, 224, 224], 'usual size'],
    ['train = CIFAR10(root)\nx = torch.randn(2, 3, 20, 20)', [1, 3, 20, 20], 'torch.randn on line 5'],
  ])('images that are trained on: %s', (code, input, note) => {
    const model = modelOf(`import torch
from torch import nn
net = nn.Sequential(nn.Conv2d(3, 4, 3))
${code}
`);
    expect([model.inputs, model.inputNote]).toEqual([[input], note]);
  });

  it('images that are trained on, where they fit', () => {
    const mlp = (flatten: string): SourceModel =>
      modelOf(`from torch import nn
from torchvision.datasets import FashionMNIST
net = nn.Sequential(${flatten}nn.Linear(784, 10))
data = FashionMNIST('data')
`);
    expect([mlp('nn.Flatten(), ').inputs, mlp('').inputs]).toEqual([[[1, 1, 28, 28]], [[1, 784]]]);
    const keras = modelOf(`from tensorflow import keras
(x, y), test = keras.datasets.fashion_mnist.load_data()
net = keras.Sequential([keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(10)])
`);
    expect([keras.inputs, keras.inputNote]).toEqual([[[1, 28, 28, 1]], 'FashionMNIST on line 2']);
  });

  it.each([
    ['sounds without a dimension for their channel', 1, 'x.unsqueeze(1) if x.ndim == 2 else fail()', [1, 16000]],
    ['sequences with their features last', 6, 'x.transpose(1, 2)', [1, 128, 6]],
    ['sequences with their features first', 6, 'x', [1, 6, 1024]],
  ])('%s', (_, channels, expression, input) => {
    const model = modelOf(`from torch import nn
def fail():
    raise ValueError('not such a shape')
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(${channels}, 4, 3)
    def forward(self, x):
        return self.conv(${expression})
`);
    expect([model.inputs, model.unknown]).toEqual([[input], []]);
  });

  it.each([
    ['x = torch.randn(8, 3, 20, 20, device=torch.device("cuda"))', [1, 3, 20, 20], 'torch.randn on line 4'],
    ['size = 24\ndef test():\n    x = torch.rand(n, 3, size, size)', [1, 3, 24, 24], 'torch.rand on line 6'],
    [
      'def test(size=24, side: int = 20):\n    x = torch.rand(n, 3, size, side)',
      [1, 3, 24, 20],
      'torch.rand on line 5',
    ],
    ['a = dict(size=24)\nb = dict(size=32)\nx = torch.rand(1, 3, size, size)', [1, 3, 224, 224], 'usual size'],
    ['side = 2 * 8\nx = torch.rand(1, 3, side, side)', [1, 3, 224, 224], 'usual size'],
    ['size = 24\nstate = torch.zeros(1, 3, size, size)', [1, 3, 224, 224], 'usual size'],
    ['from torchsummary import summary\nsummary(net, (3, 20, 24))', [1, 3, 20, 24], 'summary on line 5'],
    ['import torchinfo\ntorchinfo.summary(net, input_size=(16, 3, 20, 24))', [1, 3, 20, 24], 'summary on line 5'],
    [
      'from ptflops import get_model_complexity_info\nget_model_complexity_info(net, (3, 20, 24), verbose=True)',
      [1, 3, 20, 24],
      'get_model_complexity_info on line 5',
    ],
    [
      "parser.add_argument('--img-size', type=int, default=48)\nopt = parser.parse_args()\nt = Resize(opt.img_size)\nd = CIFAR10()",
      [1, 3, 48, 48],
      'Resize on line 6',
    ],
    ['side = 40\nt = Resize((side, side))\nd = CIFAR10()', [1, 3, 40, 40], 'Resize on line 5'],
    ['def plot(size=9): pass\nsize = read()\nx = torch.rand(1, 3, size, size)', [1, 3, 224, 224], 'usual size'],
    ['t = Resize(find())\nd = CIFAR10()', [1, 3, 224, 224], 'usual size'],
  ])('sizes that are written with names, and what sums a network up: %s', (code, input, note) => {
    const model = modelOf(`import torch
from torch import nn
net = nn.Sequential(nn.Conv2d(3, 4, 3))
${code}
`);
    expect([model.inputs, model.inputNote]).toEqual([[input], note]);
  });

  const withForward = (init: string, forward: string, more = ''): SourceModel =>
    modelOf(`import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        ${init}
    ${forward}
${more}`);

  it.each([
    [
      'two images side by side',
      'self.conv = nn.Conv2d(6, 4, 3)',
      'def forward(self, a, b):\n        return self.conv(torch.cat((a, b), 1))',
      [
        [1, 3, 224, 224],
        [1, 3, 224, 224],
      ],
    ],
    [
      'two of a kind',
      'self.fc = nn.Linear(8, 3)',
      'def forward(self, a, b):\n        return self.fc(a) + self.fc(b)',
      [
        [1, 8],
        [1, 8],
      ],
    ],
    [
      'an image and a step of time',
      'self.conv, self.time = nn.Conv2d(3, 4, 3), nn.Linear(1, 4)',
      'def forward(self, x, t):\n        return self.conv(x) + self.time(t[:, None])[:, :, None, None]',
      [[1, 3, 224, 224], [1]],
    ],
    [
      'a state, whose shape is its own',
      'self.fc = nn.Linear(8, 3)',
      'def forward(self, a, hidden):\n        return self.fc(a + hidden)',
      [[1, 8]],
    ],
    [
      'one that nothing fits with',
      'self.fc, self.other = nn.Linear(8, 3), nn.Linear(5, 3)',
      'def forward(self, a, b):\n        return self.fc(a) + self.other(b)',
      [[1, 8]],
    ],
  ])('several inputs: %s', (_, init, forward, shapes) => {
    expect(withForward(init, forward).inputs).toEqual(shapes);
  });

  it('rows of an image that a recurrent layer reads', () => {
    const model = withForward(
      'self.rnn = nn.LSTM(28, 64, batch_first=True)',
      'def forward(self, x):\n        return self.rnn(x.reshape(-1, 28, 28))[0]',
      "from torchvision import datasets\ndata = datasets.MNIST('d')\n",
    );
    expect([model.inputs, model.output]).toEqual([[[1, 1, 28, 28]], [1, 28, 64]]);
  });

  it('samples come first where another layer than a recurrent one is the first', () => {
    const model = withForward(
      'self.embed, self.own = nn.Embedding(100, 8), nn.MultiheadAttention(8, 2)',
      'def forward(self, x):\n        x = self.embed(x).transpose(0, 1)\n        return self.own(x, x, x)[0]',
      'net = Net()\nout = net(torch.randint(0, 100, (8, 50)))\n',
    );
    expect(model.inputs).toEqual([[1, 50]]);
  });

  it.each([
    ['', [35, 1, 8]],
    [', batch_first=True', [1, 4, 8]],
  ])('sequences of a layer that has their steps first, or not: %s', (order, input) => {
    const model = withForward(
      `self.rnn = nn.LSTM(8, 6${order})`,
      'def forward(self, x):\n        return self.rnn(x)[0]',
      'net = Net()\nout = net(torch.randn(35, 4, 8))\n',
    );
    expect(model.inputs).toEqual([input]);
    expect(model.totals.macs).toBe(input[0] * input[1] * 4 * 6 * (8 + 6));
  });
});
