import { describe, expect, it } from 'vitest';
import { RuntimeError } from '../runtime/errors';
import { measuredDims, randomInputs } from './randomInputs';

describe('measuredDims', () => {
  it('takes one sample, and what is given before what is declared', () => {
    expect(measuredDims({ name: 'x', type: 'float32', dims: ['N', 3, 8, 8] })).toEqual([1, 3, 8, 8]);
    expect(measuredDims({ name: 'x', type: 'float32', dims: [4, 3] })).toEqual([4, 3]);
    expect(measuredDims({ name: 'x', type: 'float32', dims: ['N', '', ''] }, { x: [2, 5, 6] })).toEqual([2, 5, 6]);
  });

  it('says what to give when other sizes are open', () => {
    const open = (): unknown => measuredDims({ name: 'pixels', type: 'float32', dims: ['N', 'H', '', 3] });
    expect(open).toThrow(RuntimeError);
    expect(open).toThrow(/pixels \(1xHxsize2x3\)/);
    try {
      open();
    } catch (error) {
      expect((error as RuntimeError).hint).toContain('--shape pixels=1x64x64x3');
    }
  });
});

describe('randomInputs', () => {
  it('are the same for a seed, other for another, and differ between inputs', () => {
    const inputs = ['a', 'b'].map((name) => ({ name, type: 'float32' as const, dims: [2, 50] }));
    expect(randomInputs(inputs, {}, 1)).toEqual(randomInputs(inputs, {}, 1));
    expect(randomInputs(inputs, {}, 1)).not.toEqual(randomInputs(inputs, {}, 2));
    const { a, b } = randomInputs(inputs);
    expect(a.data).not.toEqual(b.data);
  });

  it('fit their element type: ids and masks small, bytes over their range', () => {
    const { ids, mask, image, half } = randomInputs([
      { name: 'ids', type: 'int64', dims: ['N', 100] },
      { name: 'mask', type: 'bool', dims: ['N', 100] },
      { name: 'image', type: 'uint8', dims: ['N', 1000] },
      { name: 'half', type: 'float16', dims: ['N', 10] },
    ]);
    expect(new Set(Array.from(ids.data, Number))).toEqual(new Set([0, 1]));
    expect(new Set(Array.from(mask.data, Number))).toEqual(new Set([0, 1]));
    expect(Math.max(...Array.from(image.data, Number))).toBeGreaterThan(200);
    expect(half).toMatchObject({ type: 'float16', dims: [1, 10] });
    expect(half.data).toBeInstanceOf(Uint16Array);
  });

  it('refuse what is no tensor of numbers', () => {
    expect(() => randomInputs([{ name: 'text', type: undefined, dims: [] }])).toThrow(/text is not a tensor/);
  });
});
