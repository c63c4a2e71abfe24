import { agoText, magnitudeOf } from '../../src/protocol/magnitudes';
import { t } from './text';

const language = (): string => document.documentElement.lang || 'en';
const formats = new Map<string, Intl.NumberFormat>();

function format(value: number, options: Intl.NumberFormatOptions): string {
  const key = JSON.stringify(options);
  let made = formats.get(key);
  if (!made) formats.set(key, (made = new Intl.NumberFormat(language(), options)));
  return made.format(value);
}

const narrowSpace = '\u202f';

/** A number with so many decimals. */
export function fixed(value: number, decimals: number): string {
  return format(value, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

export function integer(value: number): string {
  return format(value, { maximumFractionDigits: 0 });
}

/** Decimals at which times of this order are told apart: two figures of a millisecond's share and more. */
export function timeDecimals(largestMs: number): number {
  if (!(largestMs > 0)) return 2;
  return Math.min(5, Math.max(largestMs >= 100 ? 1 : 2, 2 - Math.floor(Math.log10(largestMs))));
}

export function ms(value: number, decimals = timeDecimals(value)): string {
  return `${fixed(value, decimals)}${narrowSpace}ms`;
}

/** Counts for people: `152.8 M`. */
export function si(count: number): string {
  const { value, letter } = magnitudeOf(count);
  return letter === '' ? integer(value) : scaled(value, letter);
}

/** Bytes for people: `4.6 MB`. */
export function bytes(count: number): string {
  const { value, letter } = magnitudeOf(count);
  return letter === '' ? `${integer(value)}${narrowSpace}B` : scaled(value, `${letter}B`);
}

function scaled(value: number, unit: string): string {
  return `${fixed(value, value < 99.95 ? 1 : 0)}${narrowSpace}${unit}`;
}

/** A share, 0 to 1, as percent. */
export function percent(share: number, decimals = 1): string {
  return `${fixed(100 * share, decimals)}${narrowSpace}%`;
}

export function times(ratio: number): string {
  return `${fixed(ratio, 2)}x`;
}

/** A difference with its sign. */
export function signed(value: number, decimals: number): string {
  return format(value, {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
    signDisplay: 'exceptZero',
  });
}

/** How long ago a moment was, in words. */
export function ago(iso: string, now = Date.now()): string {
  return agoText(iso, now, language()) ?? t('just now');
}

/** Day and time of a moment. */
export function moment(iso: string): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso));
}

/** A span of time: `40 s`, `3 min`. */
export function span(milliseconds: number): string {
  const unit = (value: number, name: string): string =>
    format(value, { style: 'unit', unit: name, unitDisplay: 'narrow' });
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 90) return unit(Math.max(1, seconds), 'second');
  if (seconds < 5400) return unit(Math.round(seconds / 60), 'minute');
  return `${unit(Math.floor(seconds / 3600), 'hour')} ${unit(Math.round((seconds % 3600) / 60), 'minute')}`;
}
