import { describe, expect, it } from 'vitest';
import type { SourceChoice } from './choice';
import { RewriteError } from './errors';
import { rewritePlan, type PlanRewrite } from './rewritePlan';
import { analysed, type MadeLayer } from './testing/analysed';
import { applyEdits } from './textEdit';

const conv = (path: string, call: string, settings: MadeLayer['settings'] = {}): MadeLayer => ({
  path,
  call,
  op: 'Conv2d',
  settings: { in_channels: 16, out_channels: 16, kernel_size: [3, 3], ...settings },
});
const fc: MadeLayer = { path: 'fc', call: 'nn.Linear', op: 'Linear', settings: { in_features: 64, out_features: 10 } };
const tucker = (rank: number): SourceChoice => ({ method: 'tucker', rank });
const svd = (rank: number): SourceChoice => ({ method: 'svd', rank });

function planned(
  text: string,
  layers: readonly MadeLayer[],
  choices: Readonly<Record<string, SourceChoice>>,
  entry = 'Net',
): PlanRewrite & { readonly text: string } {
  const { analysis, model } = analysed(text, layers, entry);
  const rewrite = rewritePlan(text, analysis, model, new Map(Object.entries(choices)));
  return { ...rewrite, text: applyEdits(text, rewrite.edits) };
}

function refusal(...request: Parameters<typeof planned>): string {
  try {
    planned(...request);
  } catch (error) {
    if (RewriteError.is(error)) return `${error.message} ${error.hint}`;
    throw error;
  }
  throw new Error('It was not refused.');
}

const plain = `from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3)
        self.conv2 = nn.Conv2d(16, 16, 3)
        self.fc = nn.Linear(64, 10)
`;
const plainLayers = [conv('conv1', 'nn.Conv2d(3', { in_channels: 3 }), conv('conv2', 'nn.Conv2d(16'), fc];

describe('a plan whose calls each make one kind of layer', () => {
  it('becomes a Sequential in place for a single layer', () => {
    const { text, form, title } = planned(plain, plainLayers, { conv2: tucker(6) });
    expect([form, title]).toEqual(['calls', 'Apply the plan to Net: 1 layer']);
    expect(text).toContain(`        self.conv2 = nn.Sequential(
            nn.Conv2d(16, 6, 1, bias=False),
            nn.Conv2d(6, 6, 3, bias=False),
            nn.Conv2d(6, 16, 1),
        )
        self.fc = nn.Linear(64, 10)`);
  });

  it('becomes calls of helper functions for several', () => {
    const { text, form } = planned(plain, plainLayers, { conv2: tucker(6), fc: svd(4) });
    expect(form).toBe('calls');
    expect(text).toContain('self.conv1 = nn.Conv2d(3, 16, 3)\n');
    expect(text).toContain('self.conv2 = tucker_conv2d(16, 16, 3, rank=6)\n');
    expect(text).toContain('self.fc = svd_linear(64, 10, rank=4)\n');
    expect(text.match(/^def \w+/gm)).toEqual(['def tucker_conv2d', 'def svd_linear']);
  });
});

describe('a plan for Keras', () => {
  const text = `from tf_keras import layers, Sequential

net = Sequential([
    layers.Conv2D(16, 3, name="a"),
    layers.Conv2D(16, 3, name="b"),
])
`;
  const layer = (path: string, call: string, input: number): MadeLayer => ({
    path,
    call,
    op: 'Conv2D',
    settings: { filters: 16, kernel_size: [3, 3] },
    parameters: { kernel: [3, 3, input, 16] },
  });
  const layers = [layer('a', 'layers.Conv2D(16, 3, name="a"', 4), layer('b', 'layers.Conv2D(16, 3, name="b"', 16)];

  it('becomes calls of helper functions for several layers, a Sequential for one', () => {
    const several = planned(text, layers, { a: tucker(6), b: tucker(6) }, 'net').text;
    expect(several).toMatch(/^from tf_keras import layers, Sequential\nimport tf_keras\n\n\ndef tucker_conv2d\(/);
    expect(several).toContain('return tf_keras.Sequential([\n        tf_keras.layers.Conv2D(input_rank or rank, 1,');
    expect(several).toContain('    tucker_conv2d(16, 3, name="a", rank=6, input_rank=4),\n');
    expect(several).toContain('    tucker_conv2d(16, 3, name="b", rank=6),\n');
    const { text: one } = planned(text, layers, { b: tucker(6) }, 'net');
    expect(one).toContain('        layers.Conv2D(16, 1),\n    ], name="b"),\n');
    expect(one).not.toContain('def ');
  });
});

/** A block used twice, in the ways in which models are made. */
const blocks = (tail: string, init = ''): string => `from torch import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(16, 16, 3)


class Net(nn.Sequential):${init}
${tail}`;
const blockLayers = (entry = 'Net'): MadeLayer[] => [
  { ...conv('0.conv', 'nn.Conv2d'), entry },
  { ...conv('1.conv', 'nn.Conv2d'), entry },
];
const different = { '0.conv': tucker(4), '1.conv': tucker(5) };

describe('a plan with several ranks for one call', () => {
  it('becomes a table that the constructor consults at its end', () => {
    const init = '\n    def __init__(self):\n        super().__init__(Block(), Block())\n        # done\n';
    const { text, form } = planned(blocks('', init), blockLayers(), different);
    expect(form).toBe('table');
    expect(text).toContain('NET_RANKS = {\n    "0.conv": 4,\n    "1.conv": 5,\n}\n\n\nclass Block');
    expect(text).toContain('super().__init__(Block(), Block())\n        factorize(self, NET_RANKS)\n        # done\n');
    expect(text.match(/^def \w+/gm)).toEqual(['def factorize']);
  });

  it('adds a constructor where the class inherits one', () => {
    const { text } = planned(blocks('    def extra(self):\n        return 1\n'), blockLayers(), different);
    expect(text).toContain(`        return 1

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        factorize(self, NET_RANKS)
`);
  });

  it('wraps what a function returns, and what is assigned', () => {
    const factory = 'def small_net(**kw):\n    if kw:\n        return Net(**kw)\n    return Net(Block(), Block())\n';
    const layers = blockLayers('small_net');
    const { text } = planned(blocks(`    pass\n\n\n${factory}`), layers, different, 'small_net');
    expect(text).toContain('        return factorize(Net(**kw), SMALL_NET_RANKS)\n');
    expect(text).toContain('    return factorize(Net(Block(), Block()), SMALL_NET_RANKS)\n');
    const assigned = planned(blocks('    pass\n\n\nnet = Net()\n'), blockLayers('net'), different, 'net');
    expect(assigned.text).toContain('net = factorize(Net(), NET_RANKS)\n');
  });

  it('is also the form where the same call makes layers that stay, or those of another model', () => {
    const text = blocks('    pass\n');
    expect(planned(text, blockLayers(), { '0.conv': tucker(4) }).form).toBe('table');
    const other = { ...conv('other.conv', 'nn.Conv2d'), entry: 'Other' };
    const both = { '0.conv': tucker(4), '1.conv': tucker(4) };
    expect(planned(text, [...blockLayers(), other], both).form).toBe('table');
    expect(planned(text, blockLayers(), both).form).toBe('calls');
  });
});

describe('refused, with the layer and the reason', () => {
  it('a layer that the code lacks', () => {
    expect(refusal(plain, plainLayers, { conv9: tucker(2) })).toContain('names conv9, which Net does not have');
  });

  it('a grouped layer', () => {
    const grouped = [conv('conv2', 'nn.Conv2d(16', { groups: 2 })];
    expect(refusal(plain, grouped, { conv2: tucker(2) })).toMatch(/conv2: A grouped convolution/);
  });

  it('a plan that keeps all', () => expect(refusal(plain, plainLayers, {})).toContain('keeps every layer'));

  it('a constructor that returns early', () => {
    const init = '\n    def __init__(self):\n        if x:\n            return\n        super().__init__()\n';
    expect(refusal(blocks('', init), blockLayers(), different)).toContain('returns early');
  });

  it('a function that returns more than the model', () => {
    const text = blocks('    pass\n\n\ndef make():\n    return Net(), 1\n');
    expect(refusal(text, blockLayers('make'), different, 'make')).toContain('returns something beside');
  });

  it('a body on the line of its head, which has no place for another statement', () => {
    const init = '\n    def __init__(self): super().__init__(Block(), Block())\n';
    expect(refusal(blocks('', init), blockLayers(), different)).toContain('its own line');
  });

  it('a weight that the file reads', () => {
    const text = plain + '        print(self.conv2.weight)\n';
    expect(refusal(text, plainLayers, { conv2: tucker(2) })).toContain('reads self.conv2.weight');
  });
});
