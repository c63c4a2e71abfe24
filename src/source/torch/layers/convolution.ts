import { Raised } from '../../evaluate/raised';
import type { Bound } from '../../evaluate/signature';
import type { Instance } from '../../values/values';
import { type ClassValue } from '../../values/values';
import { convolution, transposedConvolution } from '../products';
import { asNumber, perDimension } from '../shapes';
import { addParameter, attributeOf, defineLayer, isOn, tuple, weightOf } from './define';

const settings = [
  'in_channels',
  'out_channels',
  'kernel_size',
  'stride',
  'padding',
  'dilation',
  'groups',
  'bias',
  'padding_mode',
];

function setUp(self: Instance, bound: Bound, count: number, transposed: boolean): void {
  const inputs = asNumber(bound.in_channels);
  const outputs = asNumber(bound.out_channels);
  const groups = asNumber(bound.groups);
  if (inputs % groups > 0 || outputs % groups > 0)
    throw new Raised('ValueError', `${inputs} or ${outputs} channels cannot be divided into ${groups} groups`);
  const kernel = perDimension(bound.kernel_size, count);
  for (const name of ['kernel_size', 'stride', 'dilation', 'padding', 'output_padding'])
    if (name in bound && typeof bound[name] !== 'string')
      self.attributes.set(name, tuple(perDimension(bound[name], count)));
  self.attributes.delete('bias');
  const weight = transposed ? [inputs, outputs / groups] : [outputs, inputs / groups];
  addParameter(self, 'weight', [...weight, ...kernel]);
  if (isOn(bound.bias)) addParameter(self, 'bias', [outputs]);
  else self.attributes.set('bias', null);
}

function convolutionClass(count: number): ClassValue {
  return defineLayer({
    name: `Conv${count}d`,
    kind: 'convolution',
    signature:
      'in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, ' +
      "padding_mode='zeros', device=None, dtype=None",
    settings,
    setUp: (self, bound) => setUp(self, bound, count, false),
    forward: (self, { input }) =>
      convolution(input, weightOf(self), {
        stride: attributeOf(self, 'stride'),
        padding: attributeOf(self, 'padding'),
        dilation: attributeOf(self, 'dilation'),
        groups: asNumber(attributeOf(self, 'groups')),
        layer: self,
      }),
  });
}

function transposedClass(count: number): ClassValue {
  return defineLayer({
    name: `ConvTranspose${count}d`,
    kind: 'transposedConvolution',
    signature:
      'in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True, dilation=1, ' +
      "padding_mode='zeros', device=None, dtype=None",
    settings: [...settings, 'output_padding'],
    setUp: (self, bound) => setUp(self, bound, count, true),
    forward: (self, { input }) =>
      transposedConvolution(input, weightOf(self), {
        stride: attributeOf(self, 'stride'),
        padding: attributeOf(self, 'padding'),
        dilation: attributeOf(self, 'dilation'),
        groups: asNumber(attributeOf(self, 'groups')),
        layer: self,
        outputPadding: attributeOf(self, 'output_padding'),
      }),
  });
}

export const convolutionLayers: Readonly<Record<string, ClassValue>> = Object.fromEntries(
  [1, 2, 3].flatMap((count): [string, ClassValue][] => [
    [`Conv${count}d`, convolutionClass(count)],
    [`ConvTranspose${count}d`, transposedClass(count)],
  ]),
);
