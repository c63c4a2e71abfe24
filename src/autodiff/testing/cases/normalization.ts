import fc from 'fast-check';
import { float } from '../../../onnx/attributes';
import { createStandardRules } from '../../ruleTable';
import { int } from '../arbitraries';
import { gradientCase, type GradientCase } from '../gradientCheck';

const epsilon = fc.constantFrom(1e-5, 1e-3, 0.1);
/** `[N, C, ...S]`, with enough elements per channel for a variance. */
const images = fc
  .tuple(int(2, 4), int(1, 3), int(0, 2), int(2, 4))
  .map(([n, c, rank, size]) => [n, c, ...Array<number>(rank).fill(size)]);

export const normalizationCases: readonly GradientCase[] = [
  gradientCase(
    'BatchNormalization',
    fc.record({ shape: images, epsilon, shift: int(-3, 3) }),
    (g, { shape, epsilon: value, shift }) => {
      const c = [shape[1]];
      const statistics = [g.randoms(c), g.randoms(c, { low: 0.5, high: 2 })];
      const x = g.parameter(shape, { low: shift - 1, high: shift + 1 });
      return g.op('BatchNormalization', [x, g.parameter(c), g.parameter(c), ...statistics], { epsilon: float(value) });
    },
    { title: 'BatchNormalization by batch statistics', runs: 12 },
  ),
  gradientCase(
    'BatchNormalization',
    fc.record({ shape: images, epsilon }),
    (g, { shape, epsilon: value }) => {
      const c = [shape[1]];
      const inputs = [g.parameter(shape), g.parameter(c), g.parameter(c), g.parameter(c)];
      return g.op('BatchNormalization', [...inputs, g.parameter(c, { low: 0.5, high: 2 })], { epsilon: float(value) });
    },
    { title: 'BatchNormalization by running statistics', rules: createStandardRules({ batchNorm: 'frozen' }) },
  ),
  gradientCase(
    'LayerNormalization',
    fc
      .record({ shape: fc.array(int(2, 4), { minLength: 1, maxLength: 4 }), epsilon, bias: fc.boolean() })
      .chain((drawn) => int(-drawn.shape.length, drawn.shape.length - 1).map((axis) => ({ ...drawn, axis }))),
    (g, { shape, epsilon: value, bias, axis }) => {
      const rest = shape.slice(axis);
      const inputs = [g.parameter(shape), g.parameter(rest), ...(bias ? [g.parameter(rest)] : [])];
      return g.op('LayerNormalization', inputs, { axis, epsilon: float(value) });
    },
    { runs: 12 },
  ),
  gradientCase(
    'InstanceNormalization',
    fc.record({ n: int(1, 3), c: int(1, 3), rank: int(1, 2), epsilon }),
    (g, { n, c, rank, epsilon: value }) => {
      const x = g.parameter([n, c, ...Array<number>(rank).fill(3)]);
      return g.op('InstanceNormalization', [x, g.parameter([c]), g.parameter([c])], { epsilon: float(value) });
    },
  ),
];
