import fc from 'fast-check';
import { broadcastPair, dims, int } from '../arbitraries';
import type { Interval } from '../caseGraph';
import { gradientCase, type GradientCase } from '../gradientCheck';

const positive: Interval = { low: 0.4, high: 2 };

const binary = (operator: string, a?: Interval, b?: Interval): GradientCase =>
  gradientCase(operator, broadcastPair, (g, [left, right]) =>
    g.op(operator, [g.parameter(left, a), g.parameter(right, b)]),
  );

const variadic = (operator: string): GradientCase =>
  gradientCase(operator, fc.tuple(broadcastPair, int(1, 3)), (g, [[a, b], count]) =>
    g.op(
      operator,
      [a, b, a].slice(0, count).map((shape) => g.parameter(shape)),
    ),
  );

const unary = (operator: string, interval: Interval): GradientCase =>
  gradientCase(operator, dims(0, 4), (g, shape) => g.op(operator, [g.parameter(shape, interval)]));

const anywhere: Interval = { low: -2, high: 2 };
const awayFromZero: Interval = { low: -2, high: 2, gap: 0.3 };
const insideOne: Interval = { low: -0.9, high: 0.9 };

export const arithmeticCases: readonly GradientCase[] = [
  binary('Add'),
  binary('Sub'),
  binary('Mul'),
  binary('Div', anywhere, awayFromZero),
  binary('Pow', positive),
  gradientCase(
    'Pow',
    fc.record({ shape: dims(), exponent: fc.constantFrom(-2, -1, 0.5, 1, 1.5, 2, 3, 4) }),
    (g, { shape, exponent }) => g.op('Pow', [g.parameter(shape, positive), g.scalar(exponent)]),
    { title: 'Pow with a constant exponent' },
  ),
  gradientCase(
    'Pow',
    dims(),
    (g, shape) => g.op('Pow', [g.parameter(shape, positive), g.ints([2, 3, 4], [3, ...shape.map(() => 1)])]),
    { title: 'Pow with whole exponents' },
  ),
  gradientCase(
    'Mul',
    dims(),
    (g, shape) => {
      const x = g.parameter(shape);
      return g.op('Mul', [x, x]);
    },
    { title: 'Mul of a value with itself' },
  ),
  variadic('Max'),
  variadic('Min'),
  variadic('Sum'),
  variadic('Mean'),
  unary('Neg', anywhere),
  unary('Abs', awayFromZero),
  unary('Reciprocal', awayFromZero),
  unary('Sqrt', positive),
  unary('Exp', anywhere),
  unary('Log', positive),
  unary('Erf', anywhere),
  unary('Sin', anywhere),
  unary('Cos', anywhere),
  unary('Tan', insideOne),
  unary('Asin', insideOne),
  unary('Acos', insideOne),
  unary('Atan', anywhere),
  unary('Sinh', anywhere),
  unary('Cosh', anywhere),
  unary('Asinh', anywhere),
  unary('Acosh', { low: 1.3, high: 3 }),
  unary('Atanh', insideOne),
];
