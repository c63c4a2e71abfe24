import { describe, expect, it } from 'vitest';
import { analyzeSource, AnalysisMemory } from './analyze';
import type { SourceAnalysis } from './sourceModel';

const head = `import argparse
import torch
from torch import nn
from torch import optim
`;
const net = `
class Net(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.body = nn.Sequential(*[nn.Linear(width, width) for _ in range(depth)])
    def forward(self, x):
        return self.body(x)
`;

function analysisOf(
  text: string,
  others: Readonly<Record<string, string>> = {},
  memory = new AnalysisMemory(),
): SourceAnalysis {
  const files = new Map(Object.entries({ ...others, 'train.py': head + text }));
  return analyzeSource('/w/train.py', { read: (path) => files.get(path.replace('/w/', '')) }, {}, memory);
}

/** Name, line, input and parameters of each model, and what is unknown about it. */
function models(text: string, others?: Readonly<Record<string, string>>): string[] {
  return analysisOf(text, others).models.map(({ entry, range, inputs, totals, unknown }) =>
    [entry, `line ${range.line}`, inputs?.map((dims) => dims.join('x')), totals.params, ...unknown.map((u) => u.reason)]
      .flat()
      .join(', '),
  );
}

describe('models that a program makes', () => {
  it('have the settings of the command line, and the input that the program gives them', () => {
    const code = `${net}
def build(args):
    net = Net(args.width, args.depth)
    return net, optim.SGD(net.parameters(), lr=0.1)
def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--width', type=int, default=4)
    parser.add_argument('--depth', type=int, default=3)
    net, optimizer = build(parser.parse_args())
    net(torch.randn(2, 4))
    for epoch in range(90):
        for x, y in make_loader():
            nn.functional.cross_entropy(net(x), y).backward()
            optimizer.step()
`;
    expect(models(`${code}if __name__ == '__main__':\n    main()\n`)).toEqual(['Net, line 6, 1x4, 60']);
    expect(models(`${code}main()\n`)).toEqual(['Net, line 6, 1x4, 60']);
    expect(models(code)).toEqual([]);
  });

  it('of a library stand where this file makes them', () => {
    const code = `
import torchvision
def main():
    net = torchvision.models.alexnet(num_classes=10)
    net.eval()
    head = nn.Sequential(nn.Linear(9, 10))
main()
`;
    expect(models(code)).toEqual(['alexnet, line 8, 1x3x224x224, 57044810', 'Sequential, line 10, 1x9, 100']);
  });

  it('say nothing of data sets, and nothing of the training that follows', () => {
    const code = `
import torchvision
import torchvision.transforms as transforms
import helpers
${net}
change = transforms.Compose([transforms.RandomCrop(32, padding=4), transforms.ToTensor()])
data = torchvision.datasets.CIFAR10(root='.', transform=change)
def main():
    helpers.seed(1)
    net = Net(3, 2)
    helpers.train(net, data)
main()
`;
    expect(models(code)).toEqual(['Net, line 10, 1x3, 24']);
    // Of the model itself it is told.
    const sized = code.replace('Net(3, 2)', 'Net(helpers.width(), 2)');
    expect(models(sized)).toEqual(['Net, line 10, 1x3x32x32, , module helpers was not found']);
  });

  it('say nothing of the training that follows them in the program', () => {
    const code = `
import helpers
def main():
    net = nn.Sequential(nn.Linear(3, 4), helpers.layer())
    helpers.train(net)
main()
`;
    expect(models(code)).toEqual(['Sequential, line 8, 1x3, , module helpers was not found']);
  });

  it('are found whoever makes them, without the parts that others hold', () => {
    const code = `
from other import Wide
${net}
class Critic(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.head = nn.Linear(width, 1)
    def forward(self, x):
        return self.head(x)
def mixer(width):
    return nn.Sequential(nn.Linear(width, 8), nn.Linear(8, width))
class Trainer:
    def __init__(self, width):
        self.generator, self.critic, self.loss = Net(width, 1), Critic(width), nn.MSELoss()
        self.generator(torch.zeros(1, 2)), self.critic(torch.zeros(1, 2))
if __name__ == '__main__':
    trainer = Trainer(2)
    third = [mixer(2)][0]
    third(torch.zeros(1, 2))
    trainer.critic.head = nn.Linear(2, 3)
    wide = [Wide(5)][0]
    wide(torch.zeros(1, 5))
`;
    const other = `from torch import nn
class Wide(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.inner = nn.Linear(n, n)
    def forward(self, x):
        return self.inner(x)
`;
    expect(models(code, { 'other.py': other })).toEqual([
      'Net, line 8, 1x2, 6',
      'Critic, line 15, 1x2, 9',
      'mixer, line 21, 1x2, 42',
      'Wide, line 32, 1x5, 30',
    ]);
  });

  it('are there when the program never ends or fails', () => {
    for (const end of ['while True:\n        net(x)', 'raise ValueError()', 'open("data").read().go()', '1 / 0'])
      expect(
        models(`${net}
def run(width):
    net = Net(width, 2)
    x = torch.zeros(1, 3)
    net(x)
    ${end}
if __name__ == '__main__':
    run(3)
`),
      ).toEqual(['Net, line 6, 1x3, 24']);
  });

  it('may be large: what is left of the program is bound, not how they are made', () => {
    const code = (depth: number): string => `${net.replace(/self.body = .*/, 'self.body = nn.ModuleList()').replace(
      '    def forward',
      `        for at in range(depth):
            self.body.append(nn.Linear(width + at % 2, 1))
    def forward`,
    )}
def main():
    depth = ${depth}
    net = Net(2, depth)
    for epoch in range(10 ** 9):
        print(epoch)
if __name__ == '__main__':
    main()
`;
    expect(analysisOf(code(4000)).models.map(({ layers }) => layers.length)).toEqual([4000]);
    expect(analysisOf(code(400_000)).models).toEqual([]);
  });

  it('do not stand beside those that are known without it', () => {
    const code = `${net.replace('width, depth', 'width=3, depth=2')}
if __name__ == '__main__':
    nets = [Net(9, 9), nn.Linear(2, 2)]
    Net()(torch.zeros(1, 3))
`;
    expect(models(code)).toEqual(['Net, line 6, 1x3, 24']);
  });

  it('follow changes of the program, and have inputs from comments', () => {
    const memory = new AnalysisMemory();
    const code = (width: number, input: string): string => `
# layerwise: input=${input}
${net.trim()}
def main():
    width = ${width}
    run(Net(width, 2))
if __name__ == '__main__':
    main()
`;
    const shown = (text: string): string =>
      analysisOf(text, {}, memory)
        .models.map(({ entry, inputs, totals }) => `${entry} ${inputs?.[0].join('x')} ${totals.params}`)
        .join();
    expect(shown(code(3, '1,3'))).toBe('Net 1x3 24');
    expect(shown(code(4, '1,4'))).toBe('Net 1x4 40');
    expect(shown(code(4, '7,5,4'))).toBe('Net 7x5x4 40');
    const [first, again] = [1, 2].map(() => analysisOf(code(4, '7,5,4'), {}, memory).models[0].layers[0]);
    expect(again).toEqual(first);
  });
});
