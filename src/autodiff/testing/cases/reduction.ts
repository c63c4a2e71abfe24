import fc from 'fast-check';
import { dims, dimsAndAxis, int } from '../arbitraries';
import type { Interval } from '../caseGraph';
import { gradientCase, type GradientCase } from '../gradientCheck';

const reduction = (operator: string, interval?: Interval): GradientCase =>
  gradientCase(
    operator,
    dims().chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        axes: fc.option(fc.uniqueArray(int(0, shape.length - 1))),
        negative: fc.boolean(),
        keepdims: int(0, 1),
        noop: int(0, 1),
      }),
    ),
    (g, { shape, axes, negative, keepdims, noop }) => {
      const x = g.parameter(shape, interval);
      const listed = axes?.map((axis) => (negative ? axis - shape.length : axis));
      const inputs = listed ? [x, g.ints(listed)] : [x];
      return g.op(operator, inputs, { keepdims, noop_with_empty_axes: noop });
    },
    { runs: 10 },
  );

const positive: Interval = { low: 0.4, high: 2 };
const awayFromZero: Interval = { low: -2, high: 2, gap: 0.3 };

const alongAxis = (operator: string): GradientCase =>
  gradientCase(operator, dimsAndAxis(), (g, { dims: shape, axis }) => g.op(operator, [g.parameter(shape)], { axis }));

export const reductionCases: readonly GradientCase[] = [
  reduction('ReduceSum'),
  reduction('ReduceMean'),
  reduction('ReduceMax', { low: -4, high: 4 }),
  reduction('ReduceMin', { low: -4, high: 4 }),
  reduction('ReduceProd', awayFromZero),
  reduction('ReduceL1', awayFromZero),
  reduction('ReduceL2', awayFromZero),
  reduction('ReduceSumSquare'),
  reduction('ReduceLogSum', positive),
  reduction('ReduceLogSumExp'),
  alongAxis('Softmax'),
  alongAxis('LogSoftmax'),
];
