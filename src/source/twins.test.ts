import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { analyzeSource } from './analyze';
import { Twins } from './evaluate/twins';
import { convolutionLayers } from './torch/layers/convolution';
import type { Native } from './values/values';
import { analysed, plainly } from './testing/plainly';

const models = '/usr/lib/python3/dist-packages/torchvision/models';
const installed = existsSync(models);

const head = `import torch
from torch import nn

`;
const blocks = (count: number): string => `
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*[Block(8) for _ in range(${count})])
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.zeros_(m.weight)

    def forward(self, x):
        return self.blocks(x)

net = Net()
net(torch.randn(1, 8, 16, 16))
`;

/** A block whose makings or runs differ though they look alike. */
const tricky: Readonly<Record<string, string>> = {
  'a counter in the globals': `
COUNT = 0

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        global COUNT
        COUNT += 1
        self.conv = nn.Conv2d(width, width, 2 * COUNT + 1, padding=COUNT)

    def forward(self, x):
        return self.conv(x)
`,
  'a counter in the class': `
class Block(nn.Module):
    count = 0

    def __init__(self, width):
        super().__init__()
        Block.count += 1
        self.conv = nn.Conv2d(width, width, 2 * Block.count + 1, padding=Block.count)

    def forward(self, x):
        return self.conv(x)
`,
  'a mutable default': `
class Block(nn.Module):
    def __init__(self, width, made=[]):
        super().__init__()
        made.append(width)
        size = 2 * len(made) + 1
        self.conv = nn.Conv2d(width, width, size, padding=len(made))

    def forward(self, x):
        return self.conv(x)
`,
  'a default changed in place': `
class Block(nn.Module):
    def __init__(self, width, sizes=[1]):
        super().__init__()
        sizes[0] += 2
        self.conv = nn.Conv2d(width, width, sizes[0], padding=sizes[0] // 2)

    def forward(self, x):
        return self.conv(x)
`,
  'a shared list': `
SIZES = [1, 3, 5, 7, 9, 11, 13]

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        size = SIZES.pop()
        self.conv = nn.Conv2d(width, width, size, padding=size // 2)

    def forward(self, x):
        return self.conv(x)
`,
  'a registry of blocks': `
ALL = {}

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        ALL[len(ALL)] = self
        self.conv = nn.Conv2d(width, width, 2 * len(ALL) + 1, padding=len(ALL))

    def forward(self, x):
        return self.conv(x)
`,
  'an attribute of a function': `
def size():
    return size.now

size.now = 1

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        size.now += 2
        self.conv = nn.Conv2d(width, width, size(), padding=size.now // 2)

    def forward(self, x):
        return self.conv(x)
`,
  'a shared layer': `
shared = nn.Conv2d(8, 8, 1)

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.conv.weight = shared.weight
        self.own = nn.Conv2d(width, width, 1)

    def forward(self, x):
        return self.own(self.conv(x))
`,
  'an iterator': `
SIZES = iter([1, 3, 5, 7, 9, 11])

class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        size = next(SIZES)
        self.conv = nn.Conv2d(width, width, size, padding=size // 2)

    def forward(self, x):
        return self.conv(x)
`,
  'a closure': `
def maker():
    size = 1
    class Inner(nn.Module):
        def __init__(self, width):
            super().__init__()
            nonlocal size
            size += 2
            self.conv = nn.Conv2d(width, width, size, padding=size // 2)

        def forward(self, x):
            return self.conv(x)
    return Inner

Block = maker()
`,
  'a state that a call changes': `
class Block(nn.Module):
    calls = 0

    def __init__(self, width):
        super().__init__()
        self.a = nn.Conv2d(width, width, 1)
        self.b = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        Block.calls += 1
        return self.a(x) if Block.calls % 2 else self.b(x)
`,
  'a state of its own that a call changes': `
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 1)
        self.runs = 0

    def once(self, x):
        self.runs += 1
        return self.conv(x) if self.runs < 2 else x

    def forward(self, x):
        return self.once(self.once(x))
`,
  'weights that its layers share': `
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.a = nn.Conv2d(width, width, 1)
        self.b = nn.Conv2d(width, width, 1)
        self.b.weight = self.a.weight
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        return self.conv(self.b(self.a(x)))
`,
  'a weight with two names': `
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width, 1, 1))
        self.same = self.scale
        self.conv = nn.Conv2d(width, width, 1)

    def forward(self, x):
        return self.conv(x)
`,
  'a bound method kept': `
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 1)
        self.use = self.conv.forward
        self.act = lambda x: self.conv(x)

    def forward(self, x):
        return self.act(self.use(x))
`,
};

/** What a run changes between the runs of two equal blocks. */
const between: Readonly<Record<string, string>> = {
  'an attribute of their class': 'Block.scale = 3',
  'a variable of the file': 'set_count(3)',
  'an attribute of a function': 'times.number = 3',
  'an attribute of another class': 'Config.number = 3',
};
const changedBetween = (change: string): string => `
count = 1

def set_count(number):
    global count
    count = number

def times():
    return times.number

times.number = 1

class Config:
    number = 1

class Block(nn.Module):
    scale = 1

    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x):
        for _ in range(self.scale * count * times.number * Config.number):
            x = self.conv(x)
        return x

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.ModuleList([Block(8) for _ in range(4)])

    def forward(self, x):
        x = self.blocks[1](self.blocks[0](x))
        ${change}
        return self.blocks[2](x)

net = Net()
`;

/** What a model does with blocks after they were made. */
const changes: Readonly<Record<string, string>> = {
  'a layer exchanged': 'self.blocks[1].conv = nn.Conv2d(8, 8, 5, padding=2)',
  'a layer shared': 'self.blocks[1].conv = self.blocks[2].conv',
  'a layer twice in one block': 'self.blocks[1].other = self.blocks[1].conv',
  'a layer in the place of an equal one': 'self.blocks[1].third = self.blocks[1].conv',
  'a class attribute set each time':
    'for i in range(4):\n            Block.size = 2 * i + 1\n            self.blocks.append(Block(8))',
  'a weight shared': 'self.blocks[1].conv.weight = self.blocks[2].conv.weight',
  'a weight kept': 'self.kept = self.blocks[1].conv.weight',
  'a layer kept': 'self.kept = self.blocks[2].conv\n        self.scale = self.kept.bias',
  'a layer taken away': 'del self.blocks[1].other\n        self.blocks[1].other = nn.Identity()',
  'a block copied': 'import copy\n        self.blocks[3] = copy.deepcopy(self.blocks[1])',
  'weights counted': 'self.last = nn.Linear(sum(p.numel() for p in self.blocks[2].parameters()), 3)',
  'an attribute set': 'self.blocks[1].times = 3',
  'a class attribute set': 'Block.scale = 2',
  'a block frozen': 'for p in self.blocks[1].parameters(): p.requires_grad = False',
  'a layer that one iteration finds':
    'for m in self.modules():\n            if m is self.blocks[2].conv:\n                self.found = nn.Linear(3, 3)',
  'layers counted':
    'n = 0\n        for m in self.modules():\n            if isinstance(m, nn.Conv2d):\n                n += 1\n        self.last = nn.Conv2d(8, n, 1)',
  'layers by their size':
    'for m in self.modules():\n            if isinstance(m, nn.Conv2d) and m.kernel_size == (1, 1):\n                m.extra = nn.Conv2d(8, 8, 1)',
  'layers listed':
    'found = []\n        for m in self.modules():\n            if isinstance(m, nn.Conv2d):\n                found.append(m)\n        self.last = nn.Conv2d(8, len(found), 1)',
  'an unknown attribute':
    'for m in self.modules():\n            if isinstance(m, nn.Conv2d):\n                nn.init.zeros_(m.missing)',
};
const changed = (change: string): string => `
class Block(nn.Module):
    scale = 1
    size = 3

    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.third = nn.Conv2d(width, width, self.size, padding=self.size // 2)
        self.other = nn.Conv2d(width, width, 1)
        self.times = 1

    def forward(self, x):
        for _ in range(self.times * self.scale):
            x = self.conv(x)
        return self.other(self.third(x))

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*[Block(8) for _ in range(5)])
        ${change}
        self.more = nn.ModuleList()
        for _ in range(3):
            self.more.append(Block(8))

    def forward(self, x):
        x = self.blocks(x)
        for block in self.more:
            x = block(block(x))
        return x

net = Net()
net(torch.randn(1, 8, 16, 16))
`;

/** Blocks that hold one object in two places, or take a weight by its owner, and what makes one of them unlike the others. */
const sharing: Readonly<Record<string, string>> = {
  'a shared layer of which one place is exchanged': 'self.blocks[1].same = nn.Conv2d(8, 8, 3, padding=1)',
  'a layer in two places of the block that runs first': 'self.blocks[0].third = self.blocks[0].conv',
  'a weight of another block for a function': 'self.blocks[1].linear.weight = self.blocks[2].linear.weight',
};
const shared = (change: string): string => `
class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.same = self.conv
        self.third = nn.Conv2d(width, width, 3, padding=1)
        self.linear = nn.Linear(16, 16)

    def forward(self, x):
        x = self.third(self.same(self.conv(x)))
        return torch.nn.functional.linear(x, self.linear.weight)

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(*[Block(8) for _ in range(4)])
        ${change}

    def forward(self, x):
        return self.blocks(x)

net = Net()
net(torch.randn(1, 8, 16, 16))
`;

describe('twins and idle rounds give what plain evaluation gives', () => {
  it.each(Object.entries(sharing))('with %s', (_, change) => {
    const text = head + shared(change);
    const analysis = analysed(text);
    expect(analysis).toEqual(plainly(() => analysed(text)));
    expect(analysis.models[0].layers.length).toBeGreaterThan(8);
  });

  it.each(Object.entries(tricky))('%s', (_, block) => {
    const text = head + block + blocks(4);
    const analysis = analysed(text);
    expect(analysis).toEqual(plainly(() => analysed(text)));
    expect(analysis.models[0].layers.length).toBeGreaterThan(0);
  });

  it.each(Object.entries(changes))('after %s', (_, change) => {
    const text = head + changed(change);
    const analysis = analysed(text);
    expect(analysis).toEqual(plainly(() => analysed(text)));
    expect(analysis.models[0].layers.length).toBeGreaterThan(8);
  });

  it.each(Object.entries(between))('after a run changed %s', (_, change) => {
    const text = head + changedBetween(change);
    const analysis = analysed(text);
    expect(analysis).toEqual(plainly(() => analysed(text)));
    expect(analysis.models[0].layers.map(({ uses }) => uses)).toEqual([1, 1, 3, 0]);
  });

  it.skipIf(!installed)('in all of torchvision', { timeout: 120_000 }, () => {
    const reader = { read: (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined) };
    for (const name of readdirSync(models).filter((file) => file.endsWith('.py') && !file.startsWith('_'))) {
      const path = `${models}/${name}`;
      expect(analyzeSource(path, reader), name).toEqual(plainly(() => analyzeSource(path, reader)));
    }
  });

  it('takes as many steps as plain evaluation', () => {
    const text = head + changed('pass');
    const limited = (stepLimit: number): boolean =>
      analyzeSource('net.py', { read: (path) => (path === 'net.py' ? text : undefined) }, { stepLimit }).models.some(
        ({ layers, failure }) => layers.length > 0 && failure === undefined,
      );
    const least = (): number => {
      let [low, high] = [1, 5000];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (limited(middle)) high = middle;
        else low = middle + 1;
      }
      return low;
    };
    expect(least()).toBe(plainly(least));
  });
});

describe('layers of a framework', () => {
  const text = (argument: string): string => `${head}
def first():
    return nn.Sequential(*[nn.Conv2d(37, 37, ${argument}) for _ in range(3)])

def second():
    return nn.Sequential(nn.Conv2d(37, 37, ${argument}), nn.Conv2d(37, 37, 5))
`;

  function made(argument: string): number {
    const initializer = convolutionLayers.Conv2d.own('__init__') as Native;
    const call = vi.spyOn(initializer, 'call');
    const { models } = analysed(text(argument));
    expect(models.map(({ totals }) => totals.layers)).toEqual([3, 2]);
    const places = models.flatMap(({ layers }) => layers.map(({ madeAt }) => madeAt[0].line));
    expect(places).toEqual([6, 6, 6, 9, 9]);
    const { length } = call.mock.calls;
    call.mockRestore();
    return length;
  }

  it('are made once for equal arguments, whatever model they are for', () => {
    expect(made('3')).toBe(2);
    expect(made('3')).toBe(0);
    // As many sizes, but another kernel.
    expect(made('(3, 1)')).toBe(1);
  });
});

it('a layer of a class alone is made at no place, wherever another was made before', () => {
  analysed(`${head}net = nn.PReLU()\n`);
  const reader = { read: () => 'from torch import nn\n' };
  const { models } = analyzeSource('other.py', reader, { entries: ['nn.PReLU'] });
  expect(models[0].elementwise.map(({ madeAt }) => madeAt)).toEqual([[]]);
});

describe('equal blocks', () => {
  it('are made once at each place', () => {
    const real = Object.getOwnPropertyDescriptor(Twins.prototype, 'make')!.value as Twins['make'];
    let made = 0;
    vi.spyOn(Twins.prototype, 'make').mockImplementation(function (this: Twins, cls, args, plain) {
      return real.call(this, cls, args, () => {
        if (cls.name === 'Block') made++;
        return plain();
      });
    });
    analysed(head + changed('pass'));
    vi.restoreAllMocks();
    expect(made).toBe(2);
  });
});
