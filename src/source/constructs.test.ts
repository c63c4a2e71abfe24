import { describe, expect, it } from 'vitest';
import { evaluated, sizes } from './testing/evaluated';

describe('subclasses of dict', () => {
  it.each([
    ['__getattr__ with the items', 'def __getattr__(self, name):\n        return self[name]'],
    ['__getattr__ of dict', '__getattr__ = dict.get'],
    ['__getattr__ and __setattr__ of dict', '__getattr__ = dict.__getitem__\n    __setattr__ = dict.__setitem__'],
    [
      'their own items as attributes',
      'def __init__(self, *args, **kwargs):\n        super().__init__(*args, **kwargs)\n        self.__dict__ = self',
    ],
  ])('%s', (_, body) => {
    const code = `
class Config(dict):
    ${body}
config = Config(width=3, inner=Config({'depth': 4}))
config.update(late=5)
sizes = [config.width, config['inner'].depth, config.late, len(config), sum(Config(a=6, **config.inner).values())]
`;
    expect(sizes(code)).toEqual([3, 4, 5, 3, 10]);
  });

  it('registries, and objects that are set by name', () => {
    const code = `
class Registry(dict):
    kind = 7
    def register(self, name):
        def wrap(cls):
            self[name] = cls
            return cls
        return wrap
    def __getitem__(self, key):
        return super().__getitem__(key.lower())
REGISTRY = Registry()
REGISTRY.tag = 2
class Narrow:
    width = 3
REGISTRY['narrow'] = Narrow
sizes = [REGISTRY['NARROW'].width, REGISTRY.kind, REGISTRY.tag, len(REGISTRY)]
`;
    expect(sizes(code)).toEqual([3, 7, 2, 1]);
  });
});

it.each([
  ['a method of the registry', '@REGISTRY.register("narrow")', 'REGISTRY.items["narrow"]'],
  ['a method that is asked for it', '@REGISTRY.register("narrow")', 'REGISTRY.get("narrow")'],
  ['a function', '@register_block', 'entries["Narrow"]'],
  ['a call of the registry', '@BLOCKS("narrow")', 'BLOCKS.items["narrow"]'],
  ['a function, after a look', '@register_block', '(entries["Narrow"] if "Narrow" in entries else None)'],
])('classes are entered in registries by their decorators: %s', (_, decorator, entry) => {
  const code = `
class Registry:
    def __init__(self):
        self.items = {}
    def register(self, name):
        def wrap(cls):
            self.items[name] = cls
            return cls
        return wrap
    __call__ = register
    def get(self, name):
        return self.items.get(name)
REGISTRY = Registry()
BLOCKS = Registry()
entries = dict()
def register_block(cls):
    entries[cls.__name__] = cls
    return cls
${decorator}
class Narrow:
    width = 3
sizes = [${entry}.width]
`;
  expect(sizes(code)).toEqual([3]);
});

it('None in a list of modules keeps its place', () => {
  const code = `
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList([None, nn.Linear(2, 3), None])
        self.parts.append(nn.Linear(len(self.parts), 4))
    def forward(self, x):
        for part in self.parts:
            if part is not None:
                x = part(x)
        return x if self.parts[0] is None else self.parts[1](x)
net = Net()
net(torch.zeros(1, 2))
`;
  expect(evaluated(code)).toEqual(['parts.1 9 6 1x3', 'parts.3 16 12 1x4', '25 -> 1x4']);
});

it('tensors are split into sizes of either name, known numbers with them', () => {
  const code = `
a, b = torch.zeros(2, 7).split(split_size=[3, 4], dim=-1)
rates = [rate.tolist() for rate in torch.linspace(1, 5, 5).split([2, 3])]
sizes = [b.shape[1], a.size(-1), int(rates[1][0])]
`;
  expect(sizes(code)).toEqual([4, 3, 3]);
});

describe('looks into the scope around', () => {
  it('eval of names, numbers and calls in tables of layers', () => {
    const code = `
import contextlib
TABLE = [[3, 'nn.Conv2d', [4, 'None', 'width']], [4, 'nn.Linear', [5, 'nearest', '2']]]
class Net(nn.Module):
    def __init__(self, width=3):
        super().__init__()
        self.kept = []
        for number, (size, kind, args) in enumerate(TABLE):
            kind = eval(kind)
            for at, arg in enumerate(args):
                with contextlib.suppress(NameError):
                    args[at] = eval(arg) if isinstance(arg, str) else arg
                try:
                    self.kept.append(eval(str(arg)))
                except NameError:
                    self.kept.append(arg)
            self.add_module(f'layer{number}', kind(size, args[0], args[2]) if number == 0 else kind(size, args[2]))
            if args[1] in (None, 'nearest'):
                setattr(self, f'head{number}', eval('nn.Linear(len(self.kept), width)'))
    def forward(self, x):
        return self.layer0(x)
net = Net()
net(torch.zeros(1, 3, 5, 5))
`;
    expect(evaluated(code)).toEqual([
      'layer0 112 972 1x4x3x3',
      'head0 12 0 ',
      'layer1 10 0 ',
      'head1 21 0 ',
      '155 -> 1x4x3x3',
    ]);
  });

  it('classes by name in globals(), arguments in locals()', () => {
    const code = `
class Narrow:
    width = 3
def widths(a, b=2):
    return sum(locals().values())
kind = 'Narrow'
sizes = [globals()[kind].width, globals()['Wide' if 'Wide' in globals() else 'Narrow'].width, widths(4)]
`;
    expect(sizes(code)).toEqual([3, 3, 6]);
  });
});

it('a keyword that only a decorator may know is let pass; without one it is an error', () => {
  const code = (decorator: string): string => `
${decorator}
def width(*, scale=2):
    return 3 * scale
def attempt():
    try:
        return width(scale=4, old_name=True)
    except TypeError:
        return 5
sizes = [attempt()]
`;
  expect(sizes(code('@renamed(old_name="new")'))).toEqual([12]);
  expect(sizes(code(''))).toEqual([5]);
});

describe('standard modules', () => {
  it('re reads what is written in strings', () => {
    const code = `
import re
options = dict(re.split(r'(\\d.*)', part)[:2] for part in 'r2_k3_e6'.split('_'))
stage = re.match(r'layer(?P<stage>\\d+)\\.(\\d+)', 'layer3.7.conv')
pattern = re.compile(r'[a-z]+')
sizes = [int(options['r']), int(stage.group('stage')), int(stage[2]), len(pattern.findall('a1b2')),
    len(re.sub(r'(x)\\d', r'\\1', 'x1x2y')), 9 if re.search('z', 'abc') is None else 0]
`;
    expect(sizes(code)).toEqual([2, 3, 7, 2, 3, 9]);
  });

  it('re does not take patterns whose time could be exponential', () => {
    const code = `
import re
text = 'a' * 40 + 'b'
sizes = [5 if re.match(pattern, text) else 3 for pattern in [r'(a+)+$', r'(a|aa)*$', r'((a+)x?)+$', r'(?:a*)*$',
    r'(a?){40}a{40}$', 'a?' * 40 + 'a' * 40, '.*' * 8 + 'x']]
sizes += [6 if re.match('A', 'a', re.I) else 4]
sizes += [len(re.findall(r'(a{2})', text)), 1 if re.match('a', 'a' * 5000) else 2]
`;
    expect(sizes(code)).toEqual([5, 5, 5, 5, 5, 5, 5, 6, 20, 1]); // unknown conditions count as true
  });

  it('operator and defaults of named tuples', () => {
    const code = `
import operator
from collections import namedtuple
from functools import reduce
Block = namedtuple('Block', ['width', 'depth', 'ratio'])
Block.__new__.__defaults__ = (None,) * len(Block._fields)
block = Block(width=3, depth=operator.itemgetter(1)([4, 5]))
sizes = [reduce(operator.mul, [2, 3, 4], 1), block.depth, operator.attrgetter('width')(block), 7 if block.ratio is None else 1]
`;
    expect(sizes(code)).toEqual([24, 5, 3, 7]);
  });
});

it('a model that its constructor ran in training runs for inference', () => {
  const code = `
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.aid = nn.Linear(2, 3), nn.Linear(3, 4)
        self.training = True
        self.features = self.forward(torch.zeros(1, 2)).shape[-1]
        self.head = nn.Linear(self.features, 5)
    def forward(self, x):
        x = self.body(x)
        return self.aid(x) if self.training else x
net = Net()
net(torch.zeros(1, 2))
`;
  expect(evaluated(code)).toEqual(['body 9 6 1x3', 'aid 16 0 ', 'head 25 0 ', '50 -> 1x3']);
});

describe('layers that share a weight count what each of them computes', () => {
  it.each(['self.head.weight = self.embed.weight', 'self.embed.weight = self.head.weight'])('%s', (tie) => {
    const code = `
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 4)
        self.head = nn.Linear(4, 10, bias=False)
        ${tie}
    def forward(self, ids):
        return self.head(self.embed(ids)[:, [-1]])
net = Net()
net(torch.randint(0, 10, (1, 6)))
`;
    expect(evaluated(code)).toEqual(['embed 40 0 1x6x4', 'head 0 40 1x1x10', '40 -> 1x1x10']);
  });
});

it('einsum that sums nothing up is no layer', () => {
  const code = `
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3, 5))
        self.mix = nn.Parameter(torch.ones(3, 4))
    def forward(self, x):
        return torch.einsum('bd,dn->bdn', torch.einsum('bd,de->be', x, self.mix)[:, :3], self.scale)
net = Net()
net(torch.zeros(1, 3))
`;
  expect(evaluated(code)).toEqual(['mix 12 12 1x4', '27 -> 1x3x5']);
});

it('lazy layers take their inputs from the first call', () => {
  const code = `
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.LazyConv2d(4, kernel_size=3, padding=1), nn.LazyBatchNorm2d(), nn.Flatten())
        self.head = nn.LazyLinear(2, bias=False)
        self.idle = nn.LazyLinear(out_features=5)
    def forward(self, x):
        return self.head(self.body(x))
net = Net()
net(torch.zeros(1, 3, 8, 8))
`;
  expect(evaluated(code)).toEqual(['body.0 112 6912 1x4x8x8', 'head 512 512 1x2', 'idle  0 ', 'null -> 1x2']);
});

it('weight_norm adds the lengths of the vectors of a weight, as in PyTorch', () => {
  const code = `
from torch.nn.utils import remove_weight_norm, weight_norm
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = weight_norm(nn.Conv2d(4, 6, 3))
        self.b = weight_norm(nn.ConvTranspose2d(6, 5, 2), dim=1)
        self.c = weight_norm(nn.Linear(5, 7), dim=None)
        self.d = remove_weight_norm(weight_norm(nn.Linear(7, 3), 'weight'))
        self.e = nn.utils.spectral_norm(nn.Linear(3, 2))
    def forward(self, x):
        x = self.b(self.a(x)).mean([2, 3])
        return self.e(self.d(self.c(x)))
net = Net()
net(torch.zeros(1, 4, 5, 5))
`;
  expect(evaluated(code)).toEqual([
    'a 228 1944 1x6x3x3',
    'b 130 1080 1x5x4x4',
    'c 43 35 1x7',
    'd 24 21 1x3',
    'e 8 6 1x2',
    '433 -> 1x2',
  ]);
});

it('match knows names with dots, classes, sequences and mappings', () => {
  const code = `
from dataclasses import dataclass
from enum import Enum
class Kind(str, Enum):
    CONV = 'conv'
    MLP = 'mlp'
    ATTENTION = 'attention'
@dataclass
class Stage:
    width: int
    kind: Kind = Kind.CONV
def size(value):
    match value:
        case Kind.CONV | Kind.MLP:
            return 2
        case Kind.ATTENTION:
            return 3
        case int() as number if number > 90:
            return number
        case int(number):
            return number + 1
        case Stage(width, kind=Kind.MLP):
            return width
        case Stage(width=4) | None:
            return 5
        case ['stem', (6 | 7) as width, *rest]:
            return width + len(rest)
        case (width, height):
            return width * height
        case {'kind': 'pool', 'size': width}:
            return width
        case nn.Linear(out_features=width):
            return width
        case _:
            return 1
values = [Kind.MLP, Kind.ATTENTION, 91, 10, Stage(8, Kind.MLP), Stage(4), None, ['stem', 7, 0, 0], (3, 5),
    {'kind': 'pool', 'size': 12, 'more': 0}, nn.Linear(1, 13), 'other', Stage(9)]
sizes = [size(value) for value in values]
`;
  expect(sizes(code)).toEqual([2, 3, 91, 11, 8, 5, 5, 9, 15, 12, 13, 1, 1]);
});

it('arguments of the command line have their defaults', () => {
  const code = `
import argparse
def settings():
    parser = argparse.ArgumentParser(description='training')
    group = parser.add_argument_group('model')
    group.add_argument('-w', '--width', type=int, default=3)
    group.add_argument('--hidden-size', default='4', type=int)
    group.add_argument('--deep', action='store_true')
    parser.set_defaults(heads=5)
    return parser.parse_args()
args = settings()
sizes = [args.width, args.hidden_size, 7 if args.deep else 6, args.heads, len(vars(args))]
`;
  expect(sizes(code)).toEqual([3, 4, 6, 5, 4]);
});

it('typed tensors are made of sizes or of numbers', () => {
  const code = `
ids = torch.LongTensor([[1, 2, 3]])
sizes = [ids.shape[1], torch.FloatTensor(2, 4).size(1), torch.Tensor([5, 6]).numel(), int(torch.tensor([7, 8])[0])]
`;
  expect(sizes(code)).toEqual([3, 4, 2, 7]);
});

it('modules by name in _modules, in DataParallel, and replaced by those that hold them', () => {
  const code = `
class Adapted(nn.Module):
    def __init__(self, base):
        super().__init__()
        self.base, self.low = base, nn.Linear(base.in_features, base.out_features, bias=False)
    def forward(self, x):
        return self.base(x) + self.low(x)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.v, self.idle = nn.Linear(2, 3), nn.Linear(3, 4), nn.Linear(9, 9)
    def forward(self, x):
        for name in self._modules:
            x = self._modules[name](x)
        return x
def make():
    net = Net()
    for name, module in list(net.named_modules()):
        if isinstance(module, nn.Linear) and name.endswith('v'):
            *path, last = name.split('.')
            setattr(net.get_submodule('.'.join(path)), last, Adapted(module))
    del net._modules['idle']
    net._modules['end'] = nn.Linear(4, 5, bias=False)
    net = nn.DataParallel(net)
    net(torch.zeros(1, 2))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    return net
`;
  expect(evaluated(code)).toEqual([
    'module.q 9 6 1x3',
    'module.v.base 16 12 1x4',
    'module.v.low 12 12 1x4',
    'module.end 20 20 1x5',
    '57 -> 1x5',
  ]);
});

it('objects have identities of their own', () => {
  const code = `
def counts():
    linear = nn.Linear(3, 4)
    same = linear
    return [len({id(p) for p in linear.parameters()}), len({id(one) for one in [linear, same, linear.weight]}),
            3 if hash(linear) == hash(same) else 1]
sizes = counts()
`;
  expect(sizes(code)).toEqual([2, 2, 3]);
});
