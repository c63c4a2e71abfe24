/** Half precision: IEEE 754 binary16 and bfloat16 bit patterns to and from float32. */

const bits = new DataView(new ArrayBuffer(4));

function floatBits(value: number): number {
  bits.setFloat32(0, value);
  return bits.getUint32(0);
}

function bitsFloat(pattern: number): number {
  bits.setUint32(0, pattern);
  return bits.getFloat32(0);
}

/** The value of a binary16 pattern. */
export function fromFloat16(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >> 10) & 0x1f;
  const fraction = pattern & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The nearest binary16 pattern, ties to even; overflow gives infinity. */
export function toFloat16(value: number): number {
  const pattern = floatBits(value);
  const sign = (pattern >>> 16) & 0x8000;
  const magnitude = pattern & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal or zero: scaled, the fraction is an integer that Math rounds exactly.
    const scaled = bitsFloat(magnitude) * 2 ** 24;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    return sign | (floor + (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? 1 : 0));
  }
  const rounded = magnitude + 0xfff + ((magnitude >> 13) & 1);
  return sign | ((rounded - 0x38000000) >> 13);
}

/** The value of a bfloat16 pattern. */
export function fromBfloat16(pattern: number): number {
  return bitsFloat((pattern << 16) >>> 0);
}

/** The nearest bfloat16 pattern, ties to even. */
export function toBfloat16(value: number): number {
  const pattern = floatBits(value);
  if ((pattern & 0x7fffffff) > 0x7f800000) return ((pattern >>> 16) | 0x40) & 0xffff;
  return ((pattern + 0x7fff + ((pattern >>> 16) & 1)) >>> 16) & 0xffff;
}
