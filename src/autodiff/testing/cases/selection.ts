import fc from 'fast-check';
import { dataTypeCode } from '../../../onnx/tensorProto';
import { broadcastPair, dims, dimsAndAxis, int } from '../arbitraries';
import { gradientCase, type GradientCase } from '../gradientCheck';

interface AxisSlice {
  readonly size: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** Limits of one axis that leave at least one element. */
const axisSlice: fc.Arbitrary<AxisSlice> = fc
  .record({ size: int(1, 6), first: int(0, 5), count: int(1, 4), step: int(1, 3), backwards: fc.boolean() })
  .chain(({ size, first, count, step, backwards }) => {
    const start = first % size;
    const end = backwards ? start - (count - 1) * step - 1 : start + (count - 1) * step + 1;
    // Limits count from the end when they are negative, and are cut off at the axis.
    const limits = backwards ? [end < 0 ? -size - 1 : end] : [end, end < size ? end - size : size + 9];
    return fc.record({
      size: fc.constant(size),
      start: fc.constantFrom(start, start - size),
      end: fc.constantFrom(...limits),
      step: fc.constant(backwards ? -step : step),
    });
  });

interface AxisPad {
  readonly size: number;
  readonly begin: number;
  readonly end: number;
}

const axisPad = (lowest: number): fc.Arbitrary<AxisPad> =>
  fc.record({ size: int(3, 5), begin: int(lowest, 2), end: int(lowest, 2) });

const pad = (mode: string, lowest: number): GradientCase =>
  gradientCase(
    'Pad',
    fc.array(axisPad(lowest), { minLength: 1, maxLength: 3 }),
    (g, axes) => {
      const pads = g.ints([...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)]);
      const x = g.parameter(axes.map(({ size }) => size));
      return g.op('Pad', mode === 'constant' ? [x, pads, g.parameter([])] : [x, pads], { mode });
    },
    { title: `Pad, ${mode}`, runs: 8 },
  );

/** Inputs that are alike but for one axis. */
const pieces = dimsAndAxis().chain(({ dims: shape, axis }) =>
  fc.record({
    shape: fc.constant(shape),
    axis: fc.constant(axis),
    sizes: fc.array(int(1, 3), { minLength: 1, maxLength: 3 }),
  }),
);

const withSize = (shape: readonly number[], axis: number, size: number): number[] => {
  const changed = [...shape];
  changed[axis < 0 ? axis + shape.length : axis] = size;
  return changed;
};

export const selectionCases: readonly GradientCase[] = [
  gradientCase(
    'Slice',
    fc.array(axisSlice, { minLength: 1, maxLength: 3 }),
    (g, axes) =>
      g.op('Slice', [
        g.parameter([2, ...axes.map(({ size }) => size)]),
        g.ints(axes.map(({ start }) => start)),
        g.ints(axes.map(({ end }) => end)),
        g.ints(axes.map((_, i) => (i % 2 === 0 ? i + 1 : i - axes.length))),
        g.ints(axes.map(({ step }) => step)),
      ]),
    { runs: 16 },
  ),
  gradientCase(
    'Slice',
    int(2, 5),
    (g, size) => g.op('Slice', [g.parameter([size, size]), g.ints([1, 0]), g.ints([size, size - 1])]),
    { title: 'Slice without axes and steps', runs: 2 },
  ),
  pad('constant', -1),
  pad('reflect', 0),
  pad('edge', 0),
  gradientCase('Pad', axisPad(0), (g, { size, begin, end }) =>
    g.op('Pad', [g.parameter([2, size, 3]), g.ints([begin, end]), '', g.ints([-2])]),
  ),
  gradientCase('Concat', pieces, (g, { shape, axis, sizes }) =>
    g.op(
      'Concat',
      sizes.map((size) => g.parameter(withSize(shape, axis, size))),
      { axis },
    ),
  ),
  gradientCase('Split', pieces, (g, { shape, axis, sizes }) => {
    const total = sizes.reduce((sum, size) => sum + size);
    return g.builder.ops(sizes.length, 'Split', [g.parameter(withSize(shape, axis, total)), g.ints(sizes)], { axis });
  }),
  gradientCase(
    'Split',
    fc.record({ parts: int(2, 3), used: int(0, 1) }),
    (g, { parts, used }) =>
      g.builder.ops(parts, 'Split', [g.parameter([2, parts * 2])], { axis: 1, num_outputs: parts })[used],
    { title: 'Split of which one part is used' },
  ),
  gradientCase('Where', fc.tuple(broadcastPair, dims(0, 4)), (g, [[a, b]]) => {
    const condition = g.op('Greater', [g.randoms(a), g.scalar(0)]);
    return g.op('Where', [condition, g.parameter(a), g.parameter(b)]);
  }),
  gradientCase('Tile', fc.array(fc.tuple(int(1, 3), int(1, 3)), { minLength: 1, maxLength: 3 }), (g, axes) =>
    g.op('Tile', [g.parameter(axes.map(([size]) => size)), g.ints(axes.map(([, repeats]) => repeats))]),
  ),
  gradientCase('Trilu', fc.record({ upper: int(0, 1), k: int(-1, 2) }), (g, { upper, k }) =>
    g.op('Trilu', [g.parameter([2, 3, 4]), g.ints([k], [])], { upper }),
  ),
  gradientCase(
    'CumSum',
    fc.record({ place: dimsAndAxis(), exclusive: int(0, 1), reverse: int(0, 1) }),
    (g, { place, exclusive, reverse }) =>
      g.op('CumSum', [g.parameter(place.dims), g.ints([place.axis], [])], { exclusive, reverse }),
  ),
  gradientCase('Cast', dims(), (g, shape) => {
    const other = g.type === 'float32' ? 'float64' : 'float32';
    const there = g.op('Cast', [g.parameter(shape)], { to: dataTypeCode(other) });
    return g.op('Cast', [there], { to: dataTypeCode(g.type) });
  }),
];
