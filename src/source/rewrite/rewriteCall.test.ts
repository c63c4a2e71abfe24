import { describe, expect, it } from 'vitest';
import { RewriteError } from './errors';
import { rewriteCall, type CallForm } from './rewriteCall';
import type { SourceChoice } from './choice';
import { analysed, type MadeLayer } from './testing/analysed';
import { applyEdits } from './textEdit';

const conv = (settings: MadeLayer['settings'], call = 'nn.Conv2d', op = 'Conv2d'): MadeLayer => ({
  path: 'conv',
  call,
  op,
  settings: { in_channels: 64, out_channels: 32, kernel_size: [3, 3], ...settings },
});
const tucker = (rank: number): SourceChoice => ({ method: 'tucker', rank });
const svd = (rank: number): SourceChoice => ({ method: 'svd', rank });

function rewritten(text: string, layers: readonly MadeLayer[], choice: SourceChoice, form?: CallForm): string {
  const { analysis } = analysed(text, layers);
  return applyEdits(text, rewriteCall(text, analysis.calls[0], choice, form).edits);
}

function refusal(text: string, layers: readonly MadeLayer[], choice: SourceChoice, form?: CallForm): string {
  try {
    rewritten(text, layers, choice, form);
  } catch (error) {
    if (RewriteError.is(error)) return error.message;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('a convolution in place', () => {
  it('becomes three, with its arguments as they are written', () => {
    const text = `from torch import nn


class Net(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inplanes, 2 * planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(planes)
`;
    expect(rewritten(text, [conv({})], tucker(24))).toBe(`from torch import nn


class Net(nn.Module):
    def __init__(self, inplanes, planes, stride=1):
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(inplanes, 24, 1, bias=False),
            nn.Conv2d(24, 24, kernel_size=3, stride=stride, padding=1, bias=False),
            nn.Conv2d(24, 2 * planes, 1, bias=False),
        )
        self.norm = nn.BatchNorm2d(planes)
`);
  });

  it('shares out every kind of argument: position, keyword, padding mode, device and dtype', () => {
    const body = (call: string): string => rewritten(`from torch import nn\nx = ${call}\n`, [conv({})], tucker(8));
    expect(body("nn.Conv2d(64, 32, 3, 2, 1, 2, 1, use_bias, 'reflect', device=d, dtype=t)")).toBe(
      `from torch import nn
x = nn.Sequential(
    nn.Conv2d(64, 8, 1, bias=False, device=d, dtype=t),
    nn.Conv2d(8, 8, 3, 2, 1, 2, padding_mode='reflect', bias=False, device=d, dtype=t),
    nn.Conv2d(8, 32, 1, bias=use_bias, device=d, dtype=t),
)
`,
    );
    expect(body('nn.Conv2d(out_channels=b, in_channels=a, kernel_size=(3, 3), groups=1)')).toBe(
      `from torch import nn
x = nn.Sequential(
    nn.Conv2d(a, 8, 1, bias=False),
    nn.Conv2d(8, 8, kernel_size=(3, 3), bias=False),
    nn.Conv2d(8, b, 1),
)
`,
    );
  });

  it('limits the two ranks by the channels on either side', () => {
    const text = 'from torch import nn\nx = nn.Conv2d(16, 64, 3)\n';
    const layer = conv({ in_channels: 16, out_channels: 64 });
    expect(rewritten(text, [layer], tucker(24))).toContain(
      'nn.Conv2d(16, 16, 1, bias=False),\n    nn.Conv2d(16, 24, 3,',
    );
    const wide = { ...conv({}), path: 'other' };
    expect(refusal(text, [layer, wide], tucker(24))).toContain('larger than the channels');
  });

  it('keeps the indentation of the line, tabs, comments and ends of lines', () => {
    const text =
      'import torch.nn as nn\r\nclass A(nn.Module):\r\n\tdef __init__(self):\r\n\t\tself.body = nn.Sequential(\r\n' +
      '\t\t\tnn.Conv2d(64, 32, # first\r\n\t\t\t\t3),\r\n\t\t\tnn.ReLU(),\r\n\t\t)\r\n';
    expect(rewritten(text, [conv({})], tucker(4))).toBe(
      'import torch.nn as nn\r\nclass A(nn.Module):\r\n\tdef __init__(self):\r\n\t\tself.body = nn.Sequential(\r\n' +
        '\t\t\tnn.Sequential(\r\n\t\t\t\t# first\r\n\t\t\t\tnn.Conv2d(64, 4, 1, bias=False),\r\n' +
        '\t\t\t\tnn.Conv2d(4, 4, 3, bias=False),\r\n\t\t\t\tnn.Conv2d(4, 32, 1),\r\n\t\t\t),\r\n' +
        '\t\t\tnn.ReLU(),\r\n\t\t)\r\n',
    );
  });

  it('a pointwise one becomes two, stride and padding on the first', () => {
    const text = 'import torch\nx = torch.nn.Conv2d(64, 32, 1, stride=2, padding=1)\n';
    expect(rewritten(text, [conv({ kernel_size: [1, 1] }, 'torch.nn.Conv2d')], svd(8))).toBe(`import torch
x = torch.nn.Sequential(
    torch.nn.Conv2d(64, 8, 1, stride=2, padding=1, bias=False),
    torch.nn.Conv2d(8, 32, 1),
)
`);
  });
});

describe('a linear layer in place', () => {
  const linear: MadeLayer = {
    path: 'fc',
    call: 'Linear',
    op: 'Linear',
    settings: { in_features: 40, out_features: 10 },
  };

  it('becomes two, with an import where the file lacks it', () => {
    const text = '"""Doc."""\nfrom torch.nn import Linear\n\nx = Linear(size * 2, 10, dtype=t)\n';
    expect(rewritten(text, [linear], svd(5))).toBe(`"""Doc."""
from torch.nn import Linear
from torch import nn

x = nn.Sequential(
    Linear(size * 2, 5, bias=False, dtype=t),
    Linear(5, 10, dtype=t),
)
`);
  });
});

describe('a helper function', () => {
  it('goes behind the imports once, and the call keeps all its arguments', () => {
    const text = `import torch
from torch import nn

# The net.
class Net(nn.Module):
  def __init__(self, **options):
    super().__init__()
    self.a = nn.Conv2d(64, 32, 3, **options)
    self.b = nn.Conv2d(
      64, 32,
      kernel_size=3,  # square
    )
`;
    const a = conv({}, 'nn.Conv2d(64, 32, 3');
    const once = rewritten(text, [a], tucker(8), 'helper');
    expect(once).toContain('self.a = tucker_conv2d(64, 32, 3, **options, rank=8)\n');
    expect(once).toMatch(/^import torch\nfrom torch import nn\n\n\ndef tucker_conv2d\(\n {2}in_channels, /);
    expect(once).toContain('  )\n\n\n# The net.\nclass Net');
    const twice = rewritten(once, [conv({}, 'nn.Conv2d(\n')], tucker(9), 'helper');
    expect(twice).toContain('self.b = tucker_conv2d(\n      64, 32,\n      kernel_size=3, rank=9,  # square\n    )');
    expect(twice.match(/def tucker_conv2d/g)).toHaveLength(1);
  });

  it('is refused where the file has another function of that name', () => {
    const text = 'from torch import nn\ndef svd_linear(x):\n    return x\nx = nn.Linear(40, 10)\n';
    const layer: MadeLayer = {
      path: 'fc',
      call: 'nn.Linear',
      op: 'Linear',
      settings: { in_features: 40, out_features: 10 },
    };
    expect(refusal(text, [layer], svd(2), 'helper')).toContain('svd_linear of its own');
  });
});

describe('Keras layers in place', () => {
  it('keep initialisers on all parts, activation and bias settings on the last, the name on the whole', () => {
    const text = `from tensorflow.keras import layers

x = layers.Conv2D(64, 3, strides=2, padding='same', activation='relu', use_bias=False, kernel_initializer=k, name='c1')(x)
`;
    const layer: MadeLayer = {
      path: 'c1',
      call: 'layers.Conv2D(64',
      op: 'Conv2D',
      settings: { filters: 64, kernel_size: [3, 3] },
      parameters: { kernel: [3, 3, 32, 64] },
    };
    expect(rewritten(text, [layer], tucker(16))).toBe(`from tensorflow.keras import layers
from tensorflow import keras

x = keras.Sequential([
    layers.Conv2D(16, 1, use_bias=False, kernel_initializer=k),
    layers.Conv2D(16, 3, strides=2, padding='same', use_bias=False, kernel_initializer=k),
    layers.Conv2D(64, 1, activation='relu', use_bias=False, kernel_initializer=k),
], name='c1')(x)
`);
  });

  it('a dense layer becomes two', () => {
    const text = 'import keras\nx = keras.layers.Dense(10, "softmax", input_shape=(40,))\n';
    const layer: MadeLayer = {
      path: 'dense',
      call: 'keras.layers.Dense',
      op: 'Dense',
      settings: { units: 10 },
      parameters: { kernel: [40, 10] },
    };
    expect(rewritten(text, [layer], svd(4))).toBe(`import keras
x = keras.Sequential([
    keras.layers.Dense(4, input_shape=(40,), use_bias=False),
    keras.layers.Dense(10, activation="softmax"),
])
`);
  });
});

describe('refused, with the reason', () => {
  const text = (call: string, rest = ''): string => `from torch import nn\nself.conv = ${call}\n${rest}`;

  it.each([
    ['a depthwise convolution', text('nn.Conv2d(64, 64, 3, groups=64)'), { groups: 64 }, 'depthwise'],
    ['a grouped convolution', text('nn.Conv2d(64, 64, 3, groups=2)'), { groups: 2 }, 'grouped convolution (2 groups)'],
    ['groups that the caller decides', text('nn.Conv2d(64, 32, 3, groups=groups)'), {}, 'decided elsewhere'],
    ['unpacked arguments', text('nn.Conv2d(64, 32, 3, **options)'), {}, '**options could hold any'],
    ['a weight that is rebuilt', text('weight_norm(nn.Conv2d(64, 32, 3))'), {}, 'weight_norm rebuilds'],
    [
      'a weight that is read',
      text('nn.Conv2d(64, 32, 3)', 'print(self.conv.weight.shape)\n'),
      {},
      'Line 3 reads self.conv.weight',
    ],
    ['another method', text('nn.Conv2d(64, 32, 1)'), { kernel_size: [1, 1] }, "can't be rewritten by tucker"],
    [
      'an impossible rank',
      text('nn.Conv2d(4, 3, 3)'),
      { in_channels: 4, out_channels: 3 },
      'Rank 24 of conv is not possible',
    ],
  ])('%s', (_what, code, settings, reason) => {
    expect(refusal(code, [conv(settings)], tucker(24))).toContain(reason);
  });

  it('a class that is decided at run time', () => {
    const code = 'layer = make(64, 32, 3)\n';
    expect(refusal(code, [conv({}, 'make(')], tucker(2))).toContain('Which class make is');
  });

  it('a transposed convolution', () => {
    const code = 'from torch import nn\nx = nn.ConvTranspose2d(64, 32, 3)\n';
    expect(refusal(code, [conv({}, 'nn.ConvTranspose2d', 'ConvTranspose2d')], tucker(2))).toContain('Transposed');
  });
});
