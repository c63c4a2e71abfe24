import { language, t } from './l10n';

const number = (options: Intl.NumberFormatOptions): ((value: number) => string) => {
  let format: Intl.NumberFormat | undefined;
  return (value) => (format ??= new Intl.NumberFormat(language(), options)).format(value);
};

const three = number({ minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
const two = number({ maximumSignificantDigits: 2 });
const whole = number({ maximumFractionDigits: 0 });
const oneDecimal = number({ maximumFractionDigits: 1 });
const twoDecimals = number({ minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Milliseconds with their unit. */
export function ms(value: number): string {
  return `${value >= 1000 ? whole(value) : value >= 0.1 ? three(value) : two(value)} ms`;
}

/** Counts for people: `43.6 M`. */
export function si(value: number): string {
  for (const [scale, letter] of scales) if (value >= scale) return `${oneDecimal(value / scale)} ${letter}`;
  return whole(value);
}

/** Bytes for people: `1.9 MB`. */
export function bytes(value: number): string {
  for (const [scale, letter] of scales) if (value >= scale) return `${oneDecimal(value / scale)} ${letter}B`;
  return `${whole(value)} B`;
}

const scales = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

export function percent(fraction: number): string {
  return `${oneDecimal(100 * fraction)} %`;
}

/** How far something is: no more digits than anybody reads while they change. */
export function progressPercent(fraction: number): string {
  return `${whole(100 * fraction)} %`;
}

export function threads(count: number): string {
  return count === 1 ? t('1 thread') : t('{0} threads', count);
}

export function times(ratio: number): string {
  return `${twoDecimals(ratio)}x`;
}

export function points(value: number): string {
  return twoDecimals(value);
}

const minuteMs = 60_000;
const spans = [
  ['day', 1440 * minuteMs],
  ['hour', 60 * minuteMs],
  ['minute', minuteMs],
] as const;

/** How long ago a moment was, in words. */
export function ago(iso: string, now: number): string {
  const passed = now - Date.parse(iso);
  for (const [unit, length] of spans) {
    if (passed >= length)
      return new Intl.RelativeTimeFormat(language(), { numeric: 'auto' }).format(-Math.floor(passed / length), unit);
  }
  return t('just now');
}

/** A time still to go: `40 s left`, `3 min left`. */
export function left(etaMs: number): string {
  const seconds = Math.max(1, Math.round(etaMs / 1000));
  if (seconds < 90) return t('{0} s left', seconds);
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? t('{0} min left', minutes) : t('{0} h left', oneDecimal(minutes / 60));
}
