import fc from 'fast-check';
import { dimsAndAxis, int } from '../arbitraries';
import { gradientCase, type GradientCase } from '../gradientCheck';

const sizeAt = (shape: readonly number[], axis: number): number => shape[axis < 0 ? axis + shape.length : axis];

/** Distinct positions along axis 0 for every column, as ScatterElements needs them. */
const distinctColumns = (rows: number, columns: number, size: number): number[] =>
  Array.from({ length: rows * columns }, (_, i) => (Math.floor(i / columns) + (i % columns)) % size);

export const indexingCases: readonly GradientCase[] = [
  gradientCase(
    'Gather',
    fc.record({ place: dimsAndAxis(), taken: fc.array(int(1, 3), { maxLength: 2 }) }),
    (g, { place: { dims, axis }, taken }) => {
      const size = sizeAt(dims, axis);
      return g.op('Gather', [g.parameter(dims), g.indices(taken, -size, size)], { axis });
    },
    { runs: 16 },
  ),
  gradientCase(
    'Gather',
    int(1, 4),
    (g, count) => {
      const indices = g.op('Cast', [g.indices([count], 0, 5)], { to: 6 });
      return g.op('Gather', [g.parameter([5, 3]), indices]);
    },
    { title: 'Gather with 32-bit computed indices' },
  ),
  gradientCase('GatherElements', dimsAndAxis(), (g, { dims, axis }) => {
    const size = sizeAt(dims, axis);
    return g.op('GatherElements', [g.parameter(dims), g.indices(dims, -size, size)], { axis });
  }),
  gradientCase('GatherND', int(1, 4), (g, count) =>
    g.op('GatherND', [g.parameter([3, 3, 2]), g.indices([count, 2], 0, 3)]),
  ),
  gradientCase(
    'ScatterElements',
    fc.record({ rows: int(1, 3), columns: int(1, 3), reduction: fc.constantFrom('none', 'add') }),
    (g, { rows, columns, reduction }) => {
      const indices = g.ints(distinctColumns(rows, columns, 4), [rows, columns]);
      return g.op('ScatterElements', [g.parameter([4, 3]), indices, g.parameter([rows, columns])], { reduction });
    },
  ),
  gradientCase('ScatterND', fc.constantFrom('none', 'add'), (g, reduction) =>
    g.op('ScatterND', [g.parameter([4, 3]), g.ints([2, 0], [2, 1]), g.parameter([2, 3])], { reduction }),
  ),
  gradientCase('TopK', fc.record({ k: int(1, 3), largest: int(0, 1), axis: int(-2, 1) }), (g, { k, largest, axis }) => {
    const x = g.parameter([4, 4], { low: -4, high: 4 });
    return g.builder.ops(2, 'TopK', [x, g.ints([k])], { axis, largest })[0];
  }),
];
