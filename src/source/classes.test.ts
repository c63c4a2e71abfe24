import { expect, it } from 'vitest';
import { analyzeSource } from './analyze';
import { head, sizes } from './testing/evaluated';

it('attributes of a class, of its bases, and such as are set later', () => {
  const code = `
class Base:
    width = 3
    @classmethod
    def twice(cls):
        return 2 * cls.width
class Own(Base):
    # No word of it here.
    depth = 4
class Wider(Base):
    width = 5
Own.late = 6
setattr(Wider, 'la' + 'te', 7)
sizes = [Own.width, Own.twice(), Wider.twice(), Own.depth, Own.late, Wider.late, getattr(Own, 'wid' + 'th')]
`;
  expect(sizes(code)).toEqual([3, 6, 10, 4, 6, 7, 3]);
});

it('names of a module as a dictionary', () => {
  const code = `
import types
import blocks
names = vars(blocks)
sizes = [len(names), names['width'], blocks.__dict__['depth'], sum(dict(blocks.__dict__).values()), len([1 for n, v in names.items() if v == 4])]
`;
  const files = new Map([
    ['/w/blocks.py', 'from sizes import *\nwidth = 3\n'],
    ['/w/sizes.py', 'depth = 4\n'],
    ['/w/net.py', `${head}${code}net = nn.Sequential(*[nn.Linear(1, size, bias=False) for size in sizes])\n`],
  ]);
  const { models } = analyzeSource('/w/net.py', { read: (path) => files.get(path) });
  expect(models[0].layers.map(({ params }) => params)).toEqual([2, 3, 4, 7, 1]);
});

it('arguments by place that a decorator lets through, and those that nothing takes', () => {
  const code = `
import functools
def late(use):
    return use
@functools.partial(late)
def one(*, weights=None, progress=True, classes=5, **more):
    return classes if weights is None and progress is False else 9
@functools.lru_cache(maxsize=3)
def two(n):
    return n
sizes = [one(None, False, 7), one(True, False, 6), one(True, progress=False)]
try:
    sizes.append(two(4, 5))
except TypeError:
    sizes.append(8)
`;
  expect(sizes(code)).toEqual([7, 6, 5, 8]);
});

it('members of an enumeration that pass on the fields of their values', () => {
  const code = `
from dataclasses import dataclass, fields
from enum import Enum
@dataclass
class Weights:
    url: str
    meta: dict
class WeightsEnum(Enum):
    def __getattr__(self, name):
        for f in fields(Weights):
            if f.name == name:
                return object.__getattribute__(self.value, name)
        return super().__getattr__(name)
class Small(WeightsEnum):
    FIRST = Weights(url='a', meta={'classes': [1, 2, 3]})
    DEFAULT = FIRST
sizes = [len(fields(Weights)), len(Small.DEFAULT.meta['classes']), len(Small.FIRST.url)]
`;
  expect(sizes(code)).toEqual([2, 3, 1]);
});

it('modules that bring all names from each other', () => {
  const files = new Map([
    ['/w/a.py', 'from b import *\nwidth = 3\n'],
    ['/w/b.py', 'from a import *\ndepth = 4\n'],
    [
      '/w/net.py',
      `${head}import a\nnet = nn.Linear(a.depth, getattr(a, 'gone', a.width + len(a.__dict__)), bias=False)\n`,
    ],
  ]);
  const { models } = analyzeSource('/w/net.py', { read: (path) => files.get(path) });
  expect(models.map(({ totals }) => totals.params)).toEqual([20]);
});
