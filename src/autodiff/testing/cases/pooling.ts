import fc from 'fast-check';
import type { AttributeValue } from '../../../onnx/attributes';
import { int } from '../arbitraries';
import { gradientCase, type GradientCase } from '../gradientCheck';

const axis = fc
  .record({
    slack: int(0, 4),
    kernel: int(1, 3),
    stride: int(1, 3),
    dilation: int(1, 2),
    begin: int(0, 2),
    end: int(0, 2),
  })
  .map(({ slack, begin, end, ...rest }) => ({
    ...rest,
    size: (rest.kernel - 1) * rest.dilation + 1 + slack,
    // A window must not lie in the padding alone.
    begin: Math.min(begin, rest.kernel - 1),
    end: Math.min(end, rest.kernel - 1),
  }));

const pool = (rank: number): fc.Arbitrary<PoolSettings> =>
  fc.record({
    n: int(1, 2),
    c: int(1, 2),
    axes: fc.array(axis, { minLength: rank, maxLength: rank }),
    ceil: int(0, 1),
    includePad: int(0, 1),
    autoPad: fc.constantFrom('NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'),
  });

interface PoolSettings {
  readonly n: number;
  readonly c: number;
  readonly axes: readonly {
    readonly size: number;
    readonly kernel: number;
    readonly stride: number;
    readonly dilation: number;
    readonly begin: number;
    readonly end: number;
  }[];
  readonly ceil: number;
  readonly includePad: number;
  readonly autoPad: string;
}

function attributes({ axes, ceil, autoPad }: PoolSettings, dilated: boolean): Record<string, AttributeValue> {
  // The runtime refuses SAME pads for gaps between windows and contradicts itself for dilated ones.
  // Nor does it infer the shape it computes when, rounded up, the last window would lie in the padding alone.
  const insideOnly = axes.every(({ kernel, stride, end }) => end < kernel - stride + 1);
  const same = autoPad.startsWith('SAME');
  return {
    kernel_shape: axes.map(({ kernel }) => kernel),
    strides: axes.map(({ stride, kernel }) => (same ? Math.min(stride, kernel) : stride)),
    ...(dilated && !same && { dilations: axes.map(({ dilation }) => dilation) }),
    ...(autoPad === 'NOTSET'
      ? { ceil_mode: insideOnly ? ceil : 0, pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)] }
      : { auto_pad: autoPad }),
  };
}

const maxPool = (rank: number): GradientCase =>
  gradientCase(
    'MaxPool',
    pool(rank),
    (g, s) => {
      const x = g.parameter([s.n, s.c, ...s.axes.map(({ size }) => size)], { low: -4, high: 4 });
      return g.op('MaxPool', [x], attributes(s, true));
    },
    { title: `MaxPool, ${rank} dimensions`, runs: 10 },
  );

const averagePool = (rank: number): GradientCase =>
  gradientCase(
    'AveragePool',
    pool(rank),
    (g, s) => {
      const x = g.parameter([s.n, s.c, ...s.axes.map(({ size }) => size)]);
      return g.op('AveragePool', [x], { ...attributes(s, false), count_include_pad: s.includePad });
    },
    { title: `AveragePool, ${rank} dimensions`, linear: true, runs: 10 },
  );

const globalPool = (operator: string): GradientCase =>
  gradientCase(operator, int(1, 3), (g, rank) =>
    g.op(operator, [g.parameter([2, 3, ...Array<number>(rank).fill(3)], { low: -4, high: 4 })]),
  );

export const poolingCases: readonly GradientCase[] = [
  maxPool(1),
  maxPool(2),
  maxPool(3),
  gradientCase(
    'MaxPool',
    fc.record({ kernel: int(1, 3), gap: int(0, 1), pad: int(0, 1), rank: int(1, 3) }),
    (g, { kernel, gap, pad, rank }) => {
      const each = (value: number): number[] => Array<number>(rank).fill(value);
      const x = g.parameter([2, 2, ...each(kernel + gap + 2)], { low: -4, high: 4 });
      const pads = each(Math.min(pad, kernel - 1));
      return g.op('MaxPool', [x], {
        kernel_shape: each(kernel),
        strides: each(kernel + gap),
        pads: [...pads, ...each(0)],
      });
    },
    { title: 'MaxPool, windows that do not overlap', runs: 10 },
  ),
  averagePool(1),
  averagePool(2),
  averagePool(3),
  globalPool('GlobalAveragePool'),
  globalPool('GlobalMaxPool'),
];
