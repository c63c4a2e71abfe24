import { describe, expect, it } from 'vitest';
import type { Split } from './dataset';
import { sampleOf } from './sampleOf';

const numbered: Split = {
  length: 100,
  sample: { dims: [1, 1, 1], type: 'uint8' },
  classes: 100,
  read(indices, x, labels) {
    for (let i = 0; i < indices.length; i++) {
      x[i] = indices[i];
      if (labels) labels[i] = indices[i];
    }
  },
};

function valuesOf(split: Split): number[] {
  const x = new Uint8Array(split.length);
  split.read(
    Array.from({ length: split.length }, (_, i) => i),
    x,
  );
  return [...x];
}

describe('sampleOf', () => {
  it('draws different samples, the same for the same seed', () => {
    const drawn = valuesOf(sampleOf(numbered, 30, 7));
    expect(new Set(drawn).size).toBe(30);
    expect(valuesOf(sampleOf(numbered, 30, 7))).toEqual(drawn);
    expect(valuesOf(sampleOf(numbered, 30, 8))).not.toEqual(drawn);
  });

  it('keeps samples and labels together', () => {
    const x = new Uint8Array(2);
    const labels = new Int32Array(2);
    sampleOf(numbered, 30, 7).read([29, 3], x, labels);
    expect([...labels]).toEqual([...x]);
  });

  it('gives the split itself when it is no longer', () => {
    expect(sampleOf(numbered, 100, 1)).toBe(numbered);
  });
});
