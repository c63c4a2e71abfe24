import { expect, it } from 'vitest';
import { evaluated, sizes } from './testing/evaluated';

it('layers set and looked up by __setattr__ and __getattr__', () => {
  const text = `
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        for at in range(2):
            self.__setattr__(f'first{at}', nn.Linear(8, 8))
        super().__setattr__('second', nn.Linear(8, 4))
        object.__setattr__(self, 'third', nn.Linear(4, 2))
        self.__dict__['teacher'] = nn.Linear(4, 100)
        nn.Module.__setattr__(self, 'last', nn.Linear(2, 1))
    def forward(self, x):
        for at in range(2):
            x = self.__getattr__(f'first{at}')(x)
        return self.last(self.third(self.second(x)))
`;
  const linear = (name: string, from: number, to: number): string => `${name} ${(from + 1) * to} ${from * to} 1x${to}`;
  expect(evaluated(text)).toEqual([
    linear('first0', 8, 8),
    linear('first1', 8, 8),
    linear('second', 8, 4),
    // What is set past the module is none of its layers.
    linear('last', 2, 1),
    '183 -> 1x1',
  ]);
});

it('a module that looks in another one for what it has not', () => {
  const text = `
class Wrapper(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module
    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self.module, name)
    def forward(self, x):
        return self.inner(x)
class Part(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(8, 3)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.part = Wrapper(Part())
    def forward(self, x):
        return self.part(x)
`;
  expect(evaluated(text)).toEqual(['part.module.inner 27 24 1x3', '27 -> 1x3']);
});

it('a class that sets attributes as objects do has no layers of its own', () => {
  const text = `
class Teacher(nn.Module):
    __setattr__ = object.__setattr__
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(8, 4)
    def forward(self, x):
        return self.inner(x)
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.teacher = Teacher()
        self.own = nn.Linear(4, 2)
    def forward(self, x):
        return self.own(self.teacher(x))
net = Net()
net(torch.randn(1, 8))
`;
  expect(evaluated(text)).toEqual(['own 10 8 1x2', '10 -> 1x2']);
});

it('attributes that go by other names, set and read', () => {
  const code = `
class Config:
    attribute_map = {'layers': 'num_hidden_layers'}
    def __setattr__(self, key, value):
        if key in super().__getattribute__('attribute_map'):
            key = super().__getattribute__('attribute_map')[key]
        super().__setattr__(key, value)
    def __getattribute__(self, key):
        if key != 'attribute_map' and key in super().__getattribute__('attribute_map'):
            key = super().__getattribute__('attribute_map')[key]
        return super().__getattribute__(key)
    def __init__(self, count, **more):
        self.layers = count
        self.__dict__.update(more)
        self.__dict__['late'] = 7
        del self.__dict__['gone']
config = Config(3, width=5, gone=1)
vars(config)['later'] = 6
def cleared():
    one = Config(2, width=5)
    one.__dict__.clear()
    return 2 if hasattr(one, 'width') else 1
sizes = [config.num_hidden_layers, config.layers, config.width, config.__dict__['late'], config.later,
         len([name for name in config.__dict__]), cleared()]
`;
  expect(sizes(code)).toEqual([3, 3, 5, 7, 6, 4, 1]);
});

it('dataclasses that are dicts know their fields', () => {
  const code = `
from collections import OrderedDict
from dataclasses import dataclass, fields
class Output(OrderedDict):
    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None:
                self[field.name] = value
    def to_tuple(self):
        return tuple(self[key] for key in self.keys())
@dataclass
class Result(Output):
    state: int = None
    other: int = None
result = Result(state=4)
sizes = [result['state'], result.state, len(result), result.to_tuple()[0]]
`;
  expect(sizes(code)).toEqual([4, 4, 1, 4]);
});

it('partial is a type, and functions are of one', () => {
  const code = `
import functools, types
from functools import partial
def unpacked(value):
    found = 0
    if isinstance(value, functools.partial):
        found, value = 1 + value.keywords['width'], value.func
    return found + (10 if isinstance(value, types.FunctionType) else 20)
def make(width): return width
def hold(owner, extra): return owner.width + extra
class Owner: width = 6
owner = Owner()
owner.grown = types.MethodType(hold, owner)
norm = partial(nn.BatchNorm2d, width=3)
sizes = [unpacked(make), unpacked(nn.Linear), unpacked(partial(make, width=2)), unpacked(norm),
         1 + (type(norm) == partial), 1 + (type(norm) is functools.partial), 1 + callable(norm), owner.grown(2)]
`;
  expect(sizes(code)).toEqual([10, 20, 13, 24, 2, 2, 2, 8]);
});

it('variables of the environment are those that the code sets, and modules tell their names', () => {
  const code = `
import os, sys
os.environ['WIDTH'] = '5'
os.environ.setdefault('WIDTH', '6')
try:
    depth = int(os.environ['DEPTH'])
except KeyError:
    depth = 7
big = os.environ.get('BIG', 'false').lower() == 'true'
sizes = [64 if big else 8, int(os.environ['WIDTH']), int(os.environ.get('WIDTH', 1)), depth, int(os.environ['N']) if 'N' in os.environ else 9,
         int(os.getenv('DEPTH', 3)), 4 if os.getenv('NONE') is None else 0, 2 if 'silu' in dir(torch.nn.functional) else 1]
`;
  expect(sizes(code)).toEqual([8, 5, 5, 7, 9, 3, 4, 2]);
});
