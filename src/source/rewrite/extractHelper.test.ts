import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../analyze';
import type { SourceAnalysis } from '../sourceModel';
import { RewriteError } from './errors';
import { extractHelper } from './extractHelper';
import { helperOf } from './helpers';
import type { ChosenCall } from './rewriteCall';
import { applyEdits } from './textEdit';

const code = `import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Conv2d(3, 64, 3, padding=1)
        self.b = nn.Conv2d(64, 64, 3, padding=1, bias=False)
        self.c = nn.utils.weight_norm(nn.Conv2d(64, 64, 3, padding=1))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.c(self.b(self.a(x))).mean((2, 3)))


net = Net()
net(torch.randn(1, 3, 8, 8))
`;

const analyze = (text: string): SourceAnalysis =>
  analyzeSource('/net.py', { read: (path) => (path === '/net.py' ? text : undefined) });

function chosen(text: string, ranks: Readonly<Record<string, number>>): ChosenCall[] {
  const { calls } = analyze(text);
  return Object.entries(ranks).map(([path, rank]) => {
    const call = calls.find(({ role, instances }) => role === 'layer' && instances[0].path === path)!;
    return { call, choice: { method: path === 'head' ? 'svd' : 'tucker', rank } };
  });
}

describe('a helper for several layers', () => {
  it('stands in the file once, and every call keeps its arguments', () => {
    const { title, edits } = extractHelper(code, chosen(code, { a: 8, b: 16 }));
    const text = applyEdits(code, edits);
    expect(title).toBe('Extract tucker_conv2d, used by 2 calls');
    expect(text.match(/def tucker_conv2d/g)).toHaveLength(1);
    expect(text).toContain('self.a = tucker_conv2d(3, 64, 3, padding=1, rank=8)');
    expect(text).toContain('self.b = tucker_conv2d(64, 64, 3, padding=1, bias=False, rank=16)');
    // Read again, the model has the factors: 1x1 to 16, 3x3, 1x1 to 64.
    const [net] = analyze(text).models;
    expect(net.layers.filter(({ path }) => path.startsWith('b.')).map(({ parameters }) => parameters.weight)).toEqual([
      [16, 64, 1, 1],
      [16, 16, 3, 3],
      [64, 16, 1, 1],
    ]);
  });

  it('leaves calls that can not be exchanged, and is refused when none can', () => {
    const all = chosen(code, { b: 16, c: 16 });
    const text = applyEdits(code, extractHelper(code, all).edits);
    expect(text).toContain('weight_norm(nn.Conv2d(64, 64, 3, padding=1))');
    expect(() => extractHelper(code, all.slice(1))).toThrow(RewriteError);
  });

  it('is one form only', () => {
    const mixed = chosen(code, { b: 16, head: 4 });
    expect(mixed.map(({ call, choice }) => helperOf(call, choice))).toEqual(['tucker_conv2d', 'svd_linear']);
    expect(() => extractHelper(code, mixed)).toThrow('no form in common');
  });
});

const keras = `from tensorflow.keras import layers, Model, Input


def block(x, filters, name):
    x = layers.Conv2D(filters, 3, padding="same", name=name)(x)
    return layers.ReLU()(x)


def net():
    inputs = Input((16, 16, 3))
    x = layers.Conv2D(32, 3, 2, "same", activation="relu", input_shape=(16, 16, 3), name="stem")(inputs)
    x = block(x, 32, "body")
    x = layers.Conv2D(48, 3, use_bias=False, kernel_constraint=limit, name="kept")(x)
    x = layers.Conv2D(24, 1, strides=2, name="point")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(40, "relu", bias_initializer="ones", name="hidden")(x)
    return Model(inputs, layers.Dense(10, name="head")(x))
`;

function kerasCalls(text: string, ranks: Readonly<Record<string, number>>): ChosenCall[] {
  const { calls } = analyze(text);
  return Object.entries(ranks).map(([path, rank]) => {
    const call = calls.find(({ role, instances }) => role === 'layer' && instances[0]?.path === path)!;
    return { call, choice: { method: /^(stem|body|kept)/.test(path) ? 'tucker' : 'svd', rank } };
  });
}

const kernels = (text: string, path: string): unknown[] =>
  analyze(text).models[0].layers.flatMap((layer) =>
    layer.path.startsWith(`${path}.`) ? [[...layer.parameters.kernel!, ...(layer.parameters.bias ?? [])]] : [],
  );

describe('a helper for several layers of Keras', () => {
  it('stands in the file once, and every call keeps its arguments', () => {
    const { title, edits } = extractHelper(keras, kerasCalls(keras, { stem: 8, body: 12 }));
    const text = applyEdits(keras, edits);
    expect(title).toBe('Extract tucker_conv2d, used by 2 calls');
    expect(text).toMatch(
      /^from tensorflow.keras import layers, Model, Input\nfrom tensorflow import keras\n\n\ndef tucker/,
    );
    expect(text.match(/def tucker_conv2d/g)).toHaveLength(1);
    // The input has 3 channels: the first of the two ranks is no larger.
    expect(text).toContain('input_shape=(16, 16, 3), name="stem", rank=8, input_rank=3)(inputs)');
    expect(text).toContain('tucker_conv2d(filters, 3, padding="same", name=name, rank=12)(x)');
    // Read again, the model has the factors under the layer's name, the bias on the last.
    expect(kernels(text, 'stem')).toEqual([
      [1, 1, 3, 3],
      [3, 3, 3, 8],
      [1, 1, 8, 32, 32],
    ]);
    expect(kernels(text, 'body')).toEqual([
      [1, 1, 32, 12],
      [3, 3, 12, 12],
      [1, 1, 12, 32, 32],
    ]);
    const [before, after] = [keras, text].map((one) => analyze(one).models[0]);
    expect(after.output).toEqual(before.output);
    const shapeOf = (path: string): unknown => after.layers.find((layer) => layer.path.startsWith(path))?.output;
    expect(shapeOf('stem')).toEqual([1, 16, 16, 3]);
    expect(after.layers.find(({ path }) => path === 'point')?.input).toEqual([1, 6, 6, 48]);
  });

  it('of pointwise and dense layers', () => {
    const point = applyEdits(keras, extractHelper(keras, kerasCalls(keras, { point: 5 })).edits);
    expect(kernels(point, 'point')).toEqual([
      [1, 1, 48, 5],
      [1, 1, 5, 24, 24],
    ]);
    // The strides are on the first part.
    expect(analyze(point).models[0].layers.find(({ path }) => path.startsWith('point.'))?.output).toEqual([1, 3, 3, 5]);
    const dense = applyEdits(keras, extractHelper(keras, kerasCalls(keras, { hidden: 6, head: 4 })).edits);
    expect(dense).toContain('svd_dense(40, "relu", bias_initializer="ones", name="hidden", rank=6)(x)');
    expect(kernels(dense, 'hidden')).toEqual([
      [216, 6],
      [6, 40, 40],
    ]);
    expect(dense.match(/^def \w+/gm)).toEqual(['def svd_dense', 'def block', 'def net']);
  });

  it('leaves layers with a constraint, and is refused when none is left', () => {
    const all = kerasCalls(keras, { body: 12, kept: 12 });
    expect(applyEdits(keras, extractHelper(keras, all).edits)).toContain(
      'layers.Conv2D(48, 3, use_bias=False, kernel_',
    );
    expect(() => extractHelper(keras, all.slice(1))).toThrow('constraint');
  });

  it('limits the rank by the channels of each layer that one call makes', () => {
    const text = keras.replace('    x = layers.Conv2D(48', '    x = block(x, 8, "slim")\n    x = layers.Conv2D(48');
    const rewritten = applyEdits(text, extractHelper(text, kerasCalls(text, { body: 12 })).edits);
    expect(kernels(rewritten, 'body').slice(1)).toEqual([
      [3, 3, 12, 12],
      [1, 1, 12, 32, 32],
    ]);
    expect(kernels(rewritten, 'slim').slice(1)).toEqual([
      [3, 3, 12, 8],
      [1, 1, 8, 8, 8],
    ]);
  });

  it('is refused where one call makes layers whose inputs ask for different ranks', () => {
    const text = keras.replace(
      '    x = layers.Conv2D(48',
      '    x = block(Input((8, 8, 6)), 32, "other")\n    x = layers.Conv2D(48',
    );
    const [body] = kerasCalls(text, { body: 12 });
    expect(body.call.instances).toHaveLength(2);
    expect(() => extractHelper(text, [body])).toThrow('larger than the input channels');
    expect(() => extractHelper(text, [{ ...body, choice: { method: 'tucker', rank: 6 } }])).not.toThrow();
  });

  it('is refused where an argument stands at a position that the function does not have', () => {
    const given = 'layers.Dense(40, "relu", True, "zeros", name="hidden")';
    const text = keras.replace('layers.Dense(40, "relu", bias_initializer="ones", name="hidden")', given);
    expect(() => extractHelper(text, kerasCalls(text, { hidden: 6 }))).toThrow('more arguments by position');
  });
});
