import { describe, expect, it } from 'vitest';
import { analyzeSource } from './analyze';
import type { SourceModel } from './sourceModel';

function modelOf(text: string): SourceModel {
  const { models } = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) });
  expect(models).toHaveLength(1);
  return models[0];
}

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
    ['torch.randint(0, 100, (n, 20))', [1, 128], 'usual size'],
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
});
