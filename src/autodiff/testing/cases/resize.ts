import fc from 'fast-check';
import { float32 } from '../../../tensor/tensor';
import { float, type AttributeValue } from '../../../onnx/attributes';
import { int } from '../arbitraries';
import type { CaseGraph } from '../caseGraph';
import { gradientCase, type GradientCase } from '../gradientCheck';

const coordinates = fc.constantFrom('half_pixel', 'pytorch_half_pixel', 'asymmetric', 'align_corners');
const sizes = fc.tuple(int(1, 5), int(1, 5));
const factor = fc.constantFrom(0.5, 0.6, 1, 1.3, 1.5, 2, 2.5, 3);
const bySizes = fc.record({ from: sizes, to: fc.tuple(int(1, 8), int(1, 8)), coordinates });
const byScales = fc.record({ from: fc.tuple(int(2, 5), int(2, 5)), scales: fc.tuple(factor, factor), coordinates });

/** Scales are float32 whatever the type of the images. */
const scalesOf = (g: CaseGraph, scales: readonly number[]): string =>
  g.builder.constant(float32([scales.length], scales));

const resize = (title: string, attributes: Readonly<Record<string, AttributeValue>>): GradientCase[] => [
  gradientCase(
    'Resize',
    bySizes,
    (g, { from, to, coordinates: mode }) =>
      g.op('Resize', [g.parameter([2, 1, ...from]), '', '', g.ints([2, 1, ...to])], {
        ...attributes,
        coordinate_transformation_mode: mode,
      }),
    { title: `Resize, ${title}, to sizes`, linear: true, runs: 10 },
  ),
  gradientCase(
    'Resize',
    byScales,
    (g, { from, scales, coordinates: mode }) =>
      g.op('Resize', [g.parameter([1, 2, ...from]), '', scalesOf(g, [1, 1, ...scales])], {
        ...attributes,
        coordinate_transformation_mode: mode,
      }),
    { title: `Resize, ${title}, by scales`, linear: true, runs: 10 },
  ),
];

export const resizeCases: readonly GradientCase[] = [
  ...['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'].flatMap((nearest) =>
    resize(`nearest ${nearest}`, { mode: 'nearest', nearest_mode: nearest }),
  ),
  ...resize('linear', { mode: 'linear' }),
  ...resize('cubic', { mode: 'cubic' }),
  ...resize('cubic inside', { mode: 'cubic', cubic_coeff_a: float(-0.5), exclude_outside: 1 }),
  gradientCase(
    'Resize',
    fc.tuple(int(1, 3), int(1, 3)),
    (g, [h, w]) =>
      g.op('Resize', [g.parameter([2, 2, 3, 2]), '', scalesOf(g, [h, w])], {
        axes: [2, 3],
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      }),
    { title: 'Resize, nearest, whole scales of two axes', linear: true },
  ),
];
