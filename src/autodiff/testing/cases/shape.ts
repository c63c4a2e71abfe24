import fc from 'fast-check';
import { dims, dimsAndAxis, int, order } from '../arbitraries';
import { gradientCase, type GradientCase } from '../gradientCheck';

/** Positions at which axes of size 1 stand in a tensor of the given rank. */
const insertedAxes = (rank: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(int(0, rank), { minLength: 1, maxLength: 2 }).map((axes) => axes.sort((a, b) => a - b));

const transposition = dims().chain((shape) => fc.tuple(fc.constant(shape), fc.option(order(shape.length))));

export const shapeCases: readonly GradientCase[] = [
  gradientCase('Identity', dims(0, 4), (g, shape) => g.op('Identity', [g.parameter(shape)])),
  gradientCase('Reshape', transposition, (g, [shape, drawn]) => {
    const wanted = (drawn ?? []).map((axis) => shape[axis]);
    return g.op('Reshape', [g.parameter(shape), g.ints(drawn ? wanted : [-1])]);
  }),
  gradientCase('Flatten', dimsAndAxis(), (g, { dims: shape, axis }) => g.op('Flatten', [g.parameter(shape)], { axis })),
  gradientCase(
    'Squeeze',
    dims(1, 3).chain((shape) => fc.tuple(fc.constant(shape), insertedAxes(shape.length), fc.boolean())),
    (g, [shape, axes, listed]) => {
      const ones = [...shape];
      for (const axis of axes) ones.splice(axis, 0, 1);
      return g.op('Squeeze', listed ? [g.parameter(ones), g.ints(axes)] : [g.parameter(ones)]);
    },
  ),
  gradientCase(
    'Unsqueeze',
    dims(0, 3).chain((shape) => fc.tuple(fc.constant(shape), insertedAxes(shape.length))),
    (g, [shape, axes]) => g.op('Unsqueeze', [g.parameter(shape), g.ints(axes)]),
  ),
  gradientCase('Transpose', transposition, (g, [shape, perm]) =>
    g.op('Transpose', [g.parameter(shape)], perm ? { perm } : {}),
  ),
  gradientCase('Expand', fc.tuple(dims(1, 3), int(1, 3)), (g, [shape, repeats]) => {
    const ones = shape.map((dim, axis) => (axis % 2 === 0 ? 1 : dim));
    return g.op('Expand', [g.parameter(ones), g.ints([repeats, ...shape])]);
  }),
  gradientCase(
    'DepthToSpace',
    fc.record({ block: int(1, 3), c: int(1, 2), h: int(1, 3), w: int(1, 3), mode: fc.constantFrom('DCR', 'CRD') }),
    (g, { block, c, h, w, mode }) =>
      g.op('DepthToSpace', [g.parameter([2, c * block * block, h, w])], { blocksize: block, mode }),
    { runs: 8 },
  ),
  gradientCase(
    'SpaceToDepth',
    fc.record({ block: int(1, 3), c: int(1, 2), h: int(1, 3), w: int(1, 3) }),
    (g, { block, c, h, w }) => g.op('SpaceToDepth', [g.parameter([2, c, h * block, w * block])], { blocksize: block }),
  ),
  gradientCase(
    'Einsum',
    fc.constantFrom('ij,jk->ik', 'bij,bkj->bik', 'i,j', 'ij->i', 'ij->ji', 'bhid,bhjd->bhij', 'ijk,jl->kl', 'ij,ij->'),
    (g, equation) => {
      const sizes: Record<string, number> = { b: 2, h: 2, i: 3, j: 2, k: 3, l: 2, d: 2 };
      const terms = equation.split('->')[0].split(',');
      const inputs = terms.map((term) => g.parameter([...term].map((label) => sizes[label])));
      return g.op('Einsum', inputs, { equation });
    },
    { runs: 16 },
  ),
  gradientCase('Dropout', dims(), (g, shape) => g.op('Dropout', [g.parameter(shape), g.scalar(0.5)])),
];
