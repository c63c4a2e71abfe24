import { expect, it } from 'vitest';
import { analyzeSource } from './analyze';
import type { SourceAnalysis } from './sourceModel';

const net = (parameter: string, body = 'config.width'): string => `
class Net(nn.Module):
    def __init__(self, ${parameter}):
        super().__init__()
        self.fc = nn.Linear(${body}, 3)
    def forward(self, x):
        return self.fc(x)
`;

function analysisOf(code: string): SourceAnalysis {
  const text = `from dataclasses import dataclass\nfrom torch import nn\n${code}`;
  return analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) });
}

it.each([
  ['a dataclass that the argument names', `@dataclass\nclass Sizes:\n    width: int = 8\n${net('config: Sizes')}`],
  ['the only class of such a name', `@dataclass\nclass NetConfig:\n    width: int = 8\n${net('config')}`],
  [
    'a plain class with defaults',
    `class ModelArgs:\n    def __init__(self, width=8):\n        self.width = width\n${net('args: ModelArgs', 'args.width')}`,
  ],
])('a model that needs a configuration is made with its defaults: %s', (_, code) => {
  const { models } = analysisOf(code);
  expect(models.map(({ entry, totals }) => [entry, totals.params])).toEqual([['Net', 27]]);
});

it.each([
  ['one without defaults', `@dataclass\nclass NetConfig:\n    width: int\n${net('config: NetConfig')}`],
  ['several', `class AConfig:\n    pass\nclass BConfig:\n    pass\n${net('config')}`],
  ['no configuration', net('width', 'width')],
])('but not with %s', (_, code) => {
  expect(analysisOf(code).models).toEqual([]);
});

it('tells of a class that is made in a function only that it is, in its first line', () => {
  const { models, unknown } = analysisOf(`${net('width', 'width')}
def build(path):
    sizes = read(path)
    return Net(sizes.width)
`);
  expect(models).toEqual([]);
  expect(unknown.map(({ range: { line }, reason }) => [line, reason])).toEqual([
    [4, 'Net is made with what is known when the program runs'],
  ]);
});

it('sizes that a configuration leaves open are unknown', () => {
  const [model] = analysisOf(`@dataclass\nclass NetConfig:\n    words: int = -1
class Net(nn.Module):
    def __init__(self, config: NetConfig):
        super().__init__()
        self.body = nn.Linear(8, 8)
        self.head = nn.Linear(8, config.words)
    def forward(self, x):
        return self.head(self.body(x))
`).models;
  expect(model.layers.map(({ path, params, macs, output }) => [path, params, macs, output])).toEqual([
    ['body', 72, 64, [1, 8]],
    ['head', null, null, [1, null]],
  ]);
});
