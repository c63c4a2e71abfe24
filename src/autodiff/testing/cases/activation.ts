import fc from 'fast-check';
import { float } from '../../../onnx/attributes';
import { broadcastPair, dims, int } from '../arbitraries';
import { gradientCase, type GradientCase } from '../gradientCheck';

const slope = int(-8, 8).map((eighths) => eighths / 8);
const positiveSlope = int(1, 12).map((eighths) => eighths / 8);

/** An activation without attributes, away from its kink at zero. */
const plain = (operator: string): GradientCase =>
  gradientCase(operator, dims(), (g, shape) => g.op(operator, [g.parameter(shape, { low: -3, high: 3, gap: 0.02 })]));

/** An activation with the attribute alpha. */
const withAlpha = (operator: string, alpha: fc.Arbitrary<number>): GradientCase =>
  gradientCase(operator, fc.record({ shape: dims(), alpha }), (g, { shape, alpha: value }) =>
    g.op(operator, [g.parameter(shape, { low: -3, high: 3, gap: 0.02 })], { alpha: float(value) }),
  );

const microsoft = (operator: string): GradientCase =>
  gradientCase(`com.microsoft:${operator}`, dims(), (g, shape) =>
    g.op(operator, [g.parameter(shape, { low: -3, high: 3 })], {}, { domain: 'com.microsoft' }),
  );

export const activationCases: readonly GradientCase[] = [
  ...['Relu', 'Sigmoid', 'HardSwish', 'Tanh', 'Softplus', 'Softsign', 'Mish'].map(plain),
  withAlpha('LeakyRelu', slope),
  withAlpha('Elu', positiveSlope),
  withAlpha('Celu', positiveSlope),
  withAlpha('ThresholdedRelu', slope),
  gradientCase(
    'Selu',
    fc.record({ shape: dims(), alpha: positiveSlope, gamma: positiveSlope }),
    (g, { shape, alpha, gamma }) =>
      g.op('Selu', [g.parameter(shape, { low: -3, high: 3, gap: 0.02 })], { alpha: float(alpha), gamma: float(gamma) }),
  ),
  gradientCase(
    'HardSigmoid',
    fc.record({ shape: dims(), alpha: positiveSlope, beta: slope }),
    (g, { shape, alpha, beta }) =>
      g.op('HardSigmoid', [g.parameter(shape)], { alpha: float(alpha), beta: float(beta) }),
  ),
  gradientCase('PRelu', broadcastPair, (g, [shape, slopeShape]) => {
    // The slope is broadcast to the input and not the other way round.
    const full = shape.length >= slopeShape.length ? shape : slopeShape;
    const rest = full.slice(1).map((dim, i) => (i % 2 === 0 ? 1 : dim));
    return g.op('PRelu', [g.parameter([3, ...full], { low: -2, high: 2, gap: 0.02 }), g.parameter(rest)]);
  }),
  gradientCase('Clip', fc.record({ shape: dims(), lower: fc.boolean(), upper: fc.boolean() }), (g, settings) =>
    g.op('Clip', [
      g.parameter(settings.shape),
      settings.lower ? g.parameter([], { low: -1, high: -0.5 }) : '',
      settings.upper ? g.parameter([], { low: 0.5, high: 1 }) : '',
    ]),
  ),
  microsoft('Gelu'),
  microsoft('FastGelu'),
];
