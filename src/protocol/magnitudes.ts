/** A number as people say it: `43.6` of `M`. */
export interface Magnitude {
  readonly value: number;
  /** `k`, `M`, `G`, `T`, or none. */
  readonly letter: string;
}

const scales = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

/** From here on a number is rounded up into the next scale: 999,960 is 1.0 M, not 1000.0 k. */
const nearlyOne = 0.9995;

export function magnitudeOf(value: number): Magnitude {
  const found = scales.find(([scale]) => value >= nearlyOne * scale);
  return found ? { value: value / found[0], letter: found[1] } : { value, letter: '' };
}

const minuteMs = 60_000;
const spans = [
  ['day', 1440 * minuteMs],
  ['hour', 60 * minuteMs],
  ['minute', minuteMs],
] as const;

/** How long ago a moment was, in words; undefined for less than a minute. */
export function agoText(iso: string, now: number, language: string | undefined): string | undefined {
  const passed = now - Date.parse(iso);
  const found = spans.find(([, length]) => passed >= length);
  if (!found) return undefined;
  const [unit, length] = found;
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-Math.floor(passed / length), unit);
}
