import { describe, expect, it } from 'vitest';
import type { SampleShape } from '../data/dataset';
import { augment, mixup } from './augmentation';

const sample: SampleShape = { dims: [2, 5, 6], type: 'uint8' };
const size = 60;
const count = 300;
const indices = Uint32Array.from({ length: count }, (_, i) => i);

/** Every sample holds 1..60, so that where each value lies tells what was done. */
const numbered = (n = count): Uint8Array => Uint8Array.from({ length: n * size }, (_, i) => 1 + (i % size));

/** The move that was made, from the pixels that are left; fails unless all agree. */
function moveOf(image: Uint8Array): { down: number; right: number; mirrored: boolean } {
  const [channels, height, width] = sample.dims;
  for (const mirrored of [false, true]) {
    for (let down = -2; down <= 2; down++) {
      for (let right = -2; right <= 2; right++) {
        const agrees = image.every((value, i) => {
          const c = Math.floor(i / (height * width));
          const y = (Math.floor(i / width) % height) + down;
          const x = (mirrored ? width - 1 - (i % width) : i % width) + right;
          const inside = c < channels && y >= 0 && y < height && x >= 0 && x < width;
          return value === (inside ? 1 + (c * height + y) * width + x : 0);
        });
        if (agrees) return { down, right, mirrored };
      }
    }
  }
  throw new Error('The image is no moved or mirrored original.');
}

describe('augment', () => {
  it('moves by every offset up to the padding, mirrors half the samples, and does nothing else', () => {
    const x = numbered();
    augment({ sample, x, indices }, { crop: 2, flip: true }, 7, 0);
    const moves = Array.from(indices, (n) => moveOf(x.subarray(n * size, (n + 1) * size)));
    expect(new Set(moves.map(({ down, right }) => `${down},${right}`)).size).toBe(25);
    const mirrored = moves.filter((move) => move.mirrored).length;
    expect(mirrored).toBeGreaterThan(count * 0.4);
    expect(mirrored).toBeLessThan(count * 0.6);
  });

  it('does the same to a sample whatever the batch it is in', () => {
    const whole = numbered();
    augment({ sample, x: whole, indices }, { crop: 2, flip: true }, 7, 3);
    const few = numbered(3);
    augment({ sample, x: few, indices: [200, 5, 17] }, { crop: 2, flip: true }, 7, 3);
    for (const [i, n] of [200, 5, 17].entries()) {
      expect(few.subarray(i * size, (i + 1) * size)).toEqual(whole.subarray(n * size, (n + 1) * size));
    }
  });

  it('depends on the seed and on the epoch', () => {
    const results = [
      [7, 0],
      [7, 1],
      [8, 0],
    ].map(([seed, epoch]) => {
      const x = numbered();
      augment({ sample, x, indices }, { crop: 2 }, seed, epoch);
      return x.join();
    });
    expect(new Set(results).size).toBe(3);
  });

  it('leaves samples alone when nothing is asked for', () => {
    const x = numbered();
    augment({ sample, x, indices }, {}, 7, 0);
    expect(x).toEqual(numbered());
  });
});

describe('mixup', () => {
  const shape: SampleShape = { dims: [1, 1, 3], type: 'float32' };

  it('mixes each sample with the next in the share it reports', () => {
    const before = Float32Array.from({ length: count * 3 }, (_, i) => (i * i) % 997);
    const x = before.slice();
    const labels = Int32Array.from({ length: count }, (_, i) => i % 10);
    const { mixedLabels, shares } = mixup({ sample: shape, x, indices }, labels, 0.4, 1, 0);
    for (let n = 0; n < count; n++) {
      const next = (n + 1) % count;
      expect(mixedLabels[n]).toBe(labels[next]);
      for (let j = 0; j < 3; j++) {
        const expected = shares[n] * before[n * 3 + j] + (1 - shares[n]) * before[next * 3 + j];
        expect(x[n * 3 + j]).toBeCloseTo(expected, 3);
      }
    }
  });

  it('draws shares of Beta(alpha, alpha): mean 1/2, variance 1 / (4 (2 alpha + 1))', () => {
    for (const alpha of [0.2, 1]) {
      const many = Uint32Array.from({ length: 20_000 }, (_, i) => i);
      const x = new Uint8Array(many.length);
      const { shares } = mixup(
        { sample: { dims: [1, 1, 1], type: 'uint8' }, x, indices: many },
        new Int32Array(many.length),
        alpha,
        3,
        0,
      );
      const mean = shares.reduce((a, b) => a + b) / many.length;
      const variance = shares.reduce((a, b) => a + (b - mean) ** 2, 0) / many.length;
      expect(mean).toBeCloseTo(0.5, 1);
      expect(variance).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 2);
    }
  });
});
