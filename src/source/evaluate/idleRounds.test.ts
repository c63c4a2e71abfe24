import { expect, it, vi } from 'vitest';
import { analysed, plainly } from '../testing/plainly';
import { Instance } from '../values/values';
import { IdleRounds } from './idleRounds';

/** Two models whose loops are the same, and of which the second one's rounds are not what the first one's were. */
const loops: Readonly<Record<string, string>> = {
  'an argument decides on the class': `
def extend(net, kind, wanted):
    for m in net.modules():
        if isinstance(m, kind):
            m.extra = nn.Linear(2, wanted)
    return net

def first(): return extend(Net(), nn.Linear, 3)
def second(): return extend(Net(), nn.Conv2d, 3)
`,
  'a number decides': `
def extend(net, limit):
    for m in net.modules():
        if isinstance(m, nn.Conv2d) and limit > 1:
            m.extra = nn.Linear(2, 3)
    return net

def first(): return extend(Net(), 1)
def second(): return extend(Net(), 2)
`,
  'a class of the code decides': `
class Kept(nn.Conv2d):
    pass

CLASSES = {'wanted': Kept}

def extend(net):
    wanted = CLASSES['wanted']
    for m in net.modules():
        if isinstance(m, wanted):
            m.extra = nn.Linear(2, 3)
    return net

def first(): return extend(Net())
def second():
    CLASSES['wanted'] = nn.Conv2d
    return extend(Net())
`,
  'a global changes': `
WANTED = nn.Linear

def extend(net):
    for m in net.modules():
        if isinstance(m, WANTED):
            m.extra = nn.Linear(2, 3)
    return net

def first(): return extend(Net())
def second():
    global WANTED
    WANTED = nn.Conv2d
    return extend(Net())
`,
  'a round changes a name': `
def extend(net, late):
    kind = nn.Embedding
    for m in net.modules():
        if isinstance(m, kind):
            m.extra = nn.Linear(2, 3)
        if isinstance(m, nn.BatchNorm2d) and late:
            kind = nn.Conv2d
    return net

def first(): return extend(Net(), False)
def second(): return extend(Net(), True)
`,
  'a name comes to be': `
def extend(net, late):
    if late:
        isinstance = lambda m, kind: True
    for m in net.modules():
        if isinstance(m, nn.Embedding):
            m.extra = nn.Linear(2, 3)
    return net

def first(): return extend(Net(), False)
def second(): return extend(Net(), True)
`,
};

const pair = (code: string): string => `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(*[nn.Conv2d(3, 3, 3) for _ in range(4)])
        self.norm = nn.BatchNorm2d(3)
        self.tail = nn.Conv2d(3, 3, 3)

    def forward(self, x):
        return self.tail(self.norm(self.body(x)))
${code}`;

it.each(Object.entries(loops))('rounds of one model are not taken for those of another where %s', (_, code) => {
  const text = pair(code);
  const analysis = analysed(text);
  expect(analysis).toEqual(plainly(() => analysed(text)));
  const [first, second] = ['first', 'second'].map((name) => analysis.models.find(({ entry }) => entry === name)!);
  expect(first.totals.layers).toBe(5);
  expect(second.totals.layers).toBeGreaterThan(5);
});

it('rounds that another model had are not run again', () => {
  const loop = `
def extend(net):
    for m in net.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.zeros_(m.weight)
    return net

def first(): return extend(Net())
def second(): return extend(Net())
`;
  const run = vi.spyOn(IdleRounds.prototype, 'run');
  try {
    analysed(pair(loop));
    const items = run.mock.calls.map(([item]) => (item instanceof Instance ? item.cls.name : ''));
    expect(items).toEqual(['Net', 'Sequential', 'Conv2d', 'BatchNorm2d', 'Net']);
  } finally {
    run.mockRestore();
  }
});
