import { describe, expect, it } from 'vitest';
import { castTo, numbers, toFloat32, toFloat64 } from './convert';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half';
import { float32, float64, int64 } from './tensor';

const patterns = Array.from({ length: 65536 }, (_, i) => i);

/** IEEE 754 binary16 by its definition, and whether it is a NaN. */
function definition(pattern: number, exponentBits: number, fractionBits: number): number {
  const sign = pattern >> 15 ? -1 : 1;
  const exponent = (pattern >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (pattern & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  const bias = 2 ** (exponentBits - 1) - 1;
  if (exponent === 2 ** exponentBits - 1) return fraction > 0 ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}

describe.each([
  { name: 'binary16', from: fromFloat16, to: toFloat16, exponentBits: 5, fractionBits: 10 },
  { name: 'bfloat16', from: fromBfloat16, to: toBfloat16, exponentBits: 8, fractionBits: 7 },
])('$name', ({ from, to, exponentBits, fractionBits }) => {
  const infinity = (2 ** exponentBits - 1) * 2 ** fractionBits;

  it('has the values of its definition, all 65,536 of them', () => {
    const wrong = patterns.filter((p) => !Object.is(from(p), definition(p, exponentBits, fractionBits)));
    expect(wrong).toEqual([]);
  });

  it('comes back from its value, all 65,536 of them; a NaN stays a NaN', () => {
    const wrong = patterns.filter((p) => (Number.isNaN(from(p)) ? !Number.isNaN(from(to(NaN))) : to(from(p)) !== p));
    expect(wrong).toEqual([]);
    expect(Number.isNaN(from(to(NaN)))).toBe(true);
  });

  it('rounds to the nearest, ties to the even pattern, between all neighbours', () => {
    const wrong: number[] = [];
    for (let p = 0; p + 1 < infinity; p++) {
      const [low, high] = [from(p), from(p + 1)];
      const middle = (low + high) / 2; // exact in float32, as are the values on both sides of it
      const step = (high - low) / 4;
      const rounded = [to(middle - step), to(middle), to(middle + step)];
      const even = p % 2 === 0 ? p : p + 1;
      if (rounded[0] !== p || rounded[1] !== even || rounded[2] !== p + 1) wrong.push(p);
      if (to(-middle) !== (even | 0x8000)) wrong.push(-p);
    }
    expect(wrong).toEqual([]);
  });

  it('overflows to infinity from half a step beyond its largest value on', () => {
    const largest = from(infinity - 1);
    const step = largest - from(infinity - 2);
    expect(to(largest + step / 4)).toBe(infinity - 1);
    expect(to(largest + step / 2)).toBe(infinity);
    expect(to(-Infinity)).toBe(infinity | 0x8000);
  });

  it('keeps the sign of zero and of what rounds to zero', () => {
    expect([to(0), to(-0), to(from(1) / 4), to(-from(1) / 4)]).toEqual([0, 0x8000, 0, 0x8000]);
  });
});

describe('conversions of tensors', () => {
  it('go through the values, whatever the element types', () => {
    const values = [0, 1, 2.5, -3.5];
    const source = float32([2, 2], values);
    expect(toFloat32(source)).toBe(source);
    for (const type of ['float16', 'bfloat16', 'float64'] as const) {
      const cast = castTo(source, type);
      expect(cast).toMatchObject({ type, dims: [2, 2] });
      expect(toFloat32(cast)).toEqual(source);
      expect(toFloat64(cast)).toEqual(float64([2, 2], values));
    }
    expect(castTo(float32([3], [1.2, -1.2, 7]), 'int64')).toEqual(int64([3], [1, -1, 7]));
    expect(castTo(float32([3], [1.2, -1.2, 7]), 'int8').data).toEqual(Int8Array.of(1, -1, 7));
    expect(Array.from(numbers(int64([2], [-5, 9])))).toEqual([-5, 9]);
  });
});
