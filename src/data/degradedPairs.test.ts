import { describe, expect, it } from 'vitest';
import { columnSplit } from './columns';
import { degradedPairs } from './degradedPairs';
import { resample } from './resample';

/** Images [2, 5, 7] of bytes that differ everywhere. */
const values = (index: number): number[] => Array.from({ length: 70 }, (_, i) => (i * 53 + index * 29) % 256);
const split = columnSplit({
  path: 'memory',
  dims: [2, 5, 7],
  samples: { length: 4, width: 70, type: 'uint8', read: (index, target, at) => target.set(values(index), at) },
});

/** Index of a value of the target [2, 4, 6] within the image [2, 5, 7]. */
const within = (c: number, y: number, x: number): number => (c * 5 + y) * 7 + x;

describe('pairs for super-resolution', () => {
  it.each(['NCHW', 'NHWC'] as const)('are the original without the rest, and what is half as large: %s', (layout) => {
    const pairs = degradedPairs(split, 2, { layout });
    expect(pairs).toMatchObject({ length: 4, inputDims: [2, 2, 3], targetDims: [2, 4, 6] });
    const inputs = new Float32Array(2 * 12);
    const targets = new Float32Array(2 * 48);
    pairs.read([3, 1], inputs, targets);
    for (const [n, index] of [3, 1].entries()) {
      const planes = new Float32Array(48);
      for (let c = 0, i = 0; c < 2; c++)
        for (let y = 0; y < 4; y++)
          for (let x = 0; x < 6; x++, i++) {
            planes[i] = values(index)[within(c, y, x)] / 255;
            const at = layout === 'NCHW' ? i : (y * 6 + x) * 2 + c;
            expect(targets[n * 48 + at]).toBeCloseTo(planes[i], 6);
          }
      const small = resample(planes, 2, { height: 4, width: 6 }, { height: 2, width: 3 }, 'bicubic');
      small.forEach((value, i) => {
        const at = layout === 'NCHW' ? i : (i % 6) * 2 + Math.floor(i / 6);
        expect(inputs[n * 12 + at]).toBeCloseTo(Math.min(1, Math.max(0, value)), 6);
      });
    }
  });

  it('of areas are means, within 0..1', () => {
    const inputs = new Float32Array(12);
    const targets = new Float32Array(48);
    degradedPairs(split, 2, { layout: 'NCHW', filter: 'area' }).read([0], inputs, targets);
    const corner = [within(0, 0, 0), within(0, 0, 1), within(0, 1, 0), within(0, 1, 1)].map((i) => values(0)[i] / 255);
    expect(inputs[0]).toBeCloseTo(corner.reduce((a, b) => a + b) / 4, 6);
  });

  it('of images smaller than the scale are refused', () => {
    for (const scale of [6, 0, 1.5])
      expect(() => degradedPairs(split, scale, { layout: 'NCHW' })).toThrow(/can't be made .* times smaller/);
  });
});
