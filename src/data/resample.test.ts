import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resample, type ResampleFilter } from './resample';

/** What PyTorch made of the same planes (fixtures/make.py). */
const truth = JSON.parse(readFileSync(join(import.meta.dirname, 'fixtures', 'resample.json'), 'utf8')) as {
  dims: [number, number, number];
  planes: number[];
  results: { filter: ResampleFilter; size: [number, number]; values: number[] }[];
};

describe('resampling', () => {
  it.each(truth.results)('gives what PyTorch gives: $filter to $size', ({ filter, size, values }) => {
    const [channels, height, width] = truth.dims;
    const made = resample(truth.planes, channels, { height, width }, { height: size[0], width: size[1] }, filter);
    // The fixture has three digits after the point.
    made.forEach((value, i) => expect(Math.abs(value - values[i])).toBeLessThan(2e-3));
    expect(made.length).toBe(values.length);
  });

  const anySize = fc.record({ height: fc.integer({ min: 1, max: 12 }), width: fc.integer({ min: 1, max: 12 }) });
  const anyFilter = fc.constantFrom<ResampleFilter>('area', 'bilinear', 'bicubic');

  it('leaves constant planes constant, whatever the sizes, and a plane of its own size as it is', () => {
    fc.assert(
      fc.property(
        anySize,
        anySize,
        anyFilter,
        fc.array(fc.nat(255), { minLength: 144, maxLength: 144 }),
        (from, to, filter, values) => {
          const constant = new Float32Array(from.height * from.width).fill(99);
          for (const value of resample(constant, 1, from, to, filter)) expect(value).toBeCloseTo(99, 4);
          const plane = values.slice(0, from.height * from.width);
          resample(plane, 1, from, from, filter).forEach((value, i) => expect(value).toBeCloseTo(plane[i], 3));
        },
      ),
    );
  });

  it('keeps the mean where a whole number divides the size', () => {
    const plane = Float32Array.from({ length: 64 }, (_, i) => (i * 37) % 101);
    const mean = (values: Float32Array): number => values.reduce((a, b) => a + b, 0) / values.length;
    const half = resample(plane, 1, { height: 8, width: 8 }, { height: 4, width: 4 }, 'area');
    expect(mean(half)).toBeCloseTo(mean(plane), 4);
    expect(half[0]).toBeCloseTo((plane[0] + plane[1] + plane[8] + plane[9]) / 4, 5);
  });
});
