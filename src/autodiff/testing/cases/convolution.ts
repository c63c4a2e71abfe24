import fc from 'fast-check';
import type { AttributeValue } from '../../../onnx/attributes';
import { int } from '../arbitraries';
import { gradientCase, type GradientCase } from '../gradientCheck';

interface Settings {
  readonly batch: number;
  readonly group: number;
  readonly inPerGroup: number;
  readonly outPerGroup: number;
  readonly bias: boolean;
  /** One entry per spatial axis. */
  readonly axes: readonly Axis[];
  readonly autoPad: 'NOTSET' | 'SAME_UPPER' | 'SAME_LOWER' | 'VALID';
}

interface Axis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly begin: number;
  readonly end: number;
  /** For ConvTranspose. */
  readonly extra: number;
}

const axis: fc.Arbitrary<Axis> = fc
  .record({
    slack: int(0, 3),
    kernel: int(1, 3),
    stride: int(1, 3),
    dilation: int(1, 2),
    begin: int(0, 2),
    end: int(0, 2),
    extra: int(0, 2),
  })
  .map(({ slack, extra, ...rest }) => ({
    ...rest,
    size: (rest.kernel - 1) * rest.dilation + 1 + slack,
    extra: Math.min(extra, rest.stride - 1),
  }));

const settings = (
  rank: number,
  autoPad: fc.Arbitrary<Settings['autoPad']> = fc.constant('NOTSET'),
  group = int(1, 3),
): fc.Arbitrary<Settings> =>
  fc.record({
    batch: int(1, 2),
    group,
    inPerGroup: int(1, 2),
    outPerGroup: int(1, 2),
    bias: fc.boolean(),
    axes: fc.array(axis, { minLength: rank, maxLength: rank }),
    autoPad,
  });

function attributes({ axes, group, autoPad }: Settings): Record<string, AttributeValue> {
  return {
    kernel_shape: axes.map(({ kernel }) => kernel),
    strides: axes.map(({ stride }) => stride),
    // The runtime refuses SAME pads for dilated kernels.
    dilations: axes.map(({ dilation }) => (autoPad.startsWith('SAME') ? 1 : dilation)),
    group,
    ...(autoPad === 'NOTSET'
      ? { pads: [...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)] }
      : { auto_pad: autoPad }),
  };
}

const conv = (title: string, drawn: fc.Arbitrary<Settings>): GradientCase =>
  gradientCase(
    'Conv',
    drawn,
    (g, s) => {
      const kernel = s.axes.map((one) => one.kernel);
      const x = g.parameter([s.batch, s.group * s.inPerGroup, ...s.axes.map(({ size }) => size)]);
      const w = g.parameter([s.group * s.outPerGroup, s.inPerGroup, ...kernel]);
      const inputs = s.bias ? [x, w, g.parameter([s.group * s.outPerGroup])] : [x, w];
      return g.op('Conv', inputs, attributes(s));
    },
    { title, linear: true },
  );

const convTranspose = (title: string, drawn: fc.Arbitrary<Settings>, withShape = false): GradientCase =>
  gradientCase(
    'ConvTranspose',
    drawn,
    (g, s) => {
      // Pads crop the result of a transposed convolution: at most as much as is there.
      const axes = s.axes.map((one) => {
        const full = (one.size - 1) * one.stride + (one.kernel - 1) * one.dilation + 1 + one.extra;
        // The runtime does not infer a given output shape that is smaller than the input.
        const room = withShape ? Math.max(full - one.size, 0) : full - 1;
        const begin = Math.min(one.begin, Math.floor(room / 2));
        return { ...one, full, begin, end: Math.min(one.end, room - begin) };
      });
      const x = g.parameter([s.batch, s.group * s.inPerGroup, ...axes.map(({ size }) => size)]);
      const w = g.parameter([s.group * s.inPerGroup, s.outPerGroup, ...axes.map(({ kernel }) => kernel)]);
      const inputs = s.bias ? [x, w, g.parameter([s.group * s.outPerGroup])] : [x, w];
      const { pads, ...rest } = attributes({ ...s, axes });
      const sizes: Record<string, AttributeValue> = withShape
        ? { output_shape: axes.map(({ full, begin, end }) => full - begin - end) }
        : { ...(pads !== undefined && { pads }), output_padding: axes.map(({ extra }) => extra) };
      return g.op('ConvTranspose', inputs, { ...rest, ...sizes });
    },
    { title, linear: true },
  );

const same = fc.constantFrom<Settings['autoPad']>('SAME_UPPER', 'SAME_LOWER', 'VALID');

export const convolutionCases: readonly GradientCase[] = [
  conv('Conv, two dimensions', settings(2)),
  conv('Conv, one dimension', settings(1)),
  conv('Conv, three dimensions', settings(3, fc.constant('NOTSET'), int(1, 1))),
  conv('Conv with automatic pads', settings(2, same)),
  gradientCase(
    'Conv',
    fc.record({ stride: int(1, 2), pad: int(0, 1), channels: int(16, 18) }),
    (g, { stride, pad, channels }) =>
      g.op('Conv', [g.parameter([2, 3, 9, 9]), g.parameter([channels, 3, 5, 5])], {
        strides: [stride, stride],
        pads: [pad, pad, pad, pad],
      }),
    { title: 'Conv with a large kernel', linear: true, runs: 2 },
  ),
  convTranspose('ConvTranspose, two dimensions', settings(2)),
  convTranspose('ConvTranspose, one dimension', settings(1)),
  convTranspose('ConvTranspose, three dimensions', settings(3, fc.constant('NOTSET'), int(1, 1))),
  convTranspose('ConvTranspose with a given output shape', settings(2), true),
];
