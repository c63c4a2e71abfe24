import { agoText, magnitudeOf } from '../protocol/magnitudes';
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
export function si(count: number): string {
  const { value, letter } = magnitudeOf(count);
  return letter === '' ? whole(value) : `${oneDecimal(value)} ${letter}`;
}

/** Bytes for people: `1.9 MB`. */
export function bytes(count: number): string {
  const { value, letter } = magnitudeOf(count);
  return letter === '' ? `${whole(value)} B` : `${oneDecimal(value)} ${letter}B`;
}

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

/** How long ago a moment was, in words. */
export function ago(iso: string, now: number): string {
  return agoText(iso, now, language()) ?? t('just now');
}

/** A time still to go: `40 s left`, `3 min left`. */
export function left(etaMs: number): string {
  const seconds = Math.max(1, Math.round(etaMs / 1000));
  if (seconds < 90) return t('{0} s left', seconds);
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? t('{0} min left', minutes) : t('{0} h left', oneDecimal(minutes / 60));
}
