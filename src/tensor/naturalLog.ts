const bits = new DataView(new ArrayBuffer(8));

/** Terms of the series below: with |s| <= 0.1716 the next one is below half a unit in the last place. */
const terms = 11;

/**
 * ln x for finite x > 0, to about one unit in the last place, the same on every machine: `Math.log` may differ between
 * engines, additions and multiplications may not.
 * x = m 2^e with m in [√½, √2); ln m = 2 artanh s = 2 (s + s³/3 + s⁵/5 + ...) with s = (m - 1) / (m + 1).
 */
export function naturalLog(x: number): number {
  bits.setFloat64(0, x < 2 ** -1022 ? x * 2 ** 54 : x);
  let exponent = (bits.getUint16(0) >> 4) - 1023 - (x < 2 ** -1022 ? 54 : 0);
  bits.setUint16(0, (bits.getUint16(0) & 0xf) | 0x3ff0);
  let m = bits.getFloat64(0);
  if (m > Math.SQRT2) {
    m /= 2;
    exponent++;
  }
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let series = 0;
  for (let k = terms; k >= 1; k--) series = (series + 1 / (2 * k + 1)) * square;
  return exponent * Math.LN2 + 2 * s * (1 + series);
}
