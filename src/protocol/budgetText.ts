import type { CompressionRequest } from './runs';

type Resource = CompressionRequest['budget']['resource'];

/** What a budget's text means: a share of what the model costs now, an amount, or why it can't be. */
export type BudgetText =
  | { readonly ratio: number }
  /** Milliseconds, MACs, parameters or bytes. */
  | { readonly limit: number }
  | { readonly problem: string; readonly hint: string };

/** How budgets may be written, to show where one is typed. */
export const budgetExamples: Readonly<Record<Resource, string>> = {
  latency: '0.6x, 60% or 8ms',
  macs: '0.28x, 28% or 12M',
  params: '0.3x, 30% or 1.5M',
  bytes: '0.5x, 50% or 300kB',
};

const counts = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
const units: Record<Resource, Readonly<Record<string, number>>> = {
  latency: { us: 1e-3, ms: 1, s: 1e3 },
  macs: counts,
  params: counts,
  bytes: { '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 },
};

/** Reads `0.6x`, `60%`, `8ms`, `1.5M`, `300kB`, ... (capitals don't matter): the one rule for editor, page, engine and CLI. */
export function readBudgetText(resource: Resource, text: string): BudgetText {
  const hint = `Write it like ${budgetExamples[resource]}.`;
  const match = /^(\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+)\s*([a-z%]*)$/i.exec(text.trim());
  if (!match) return { problem: `"${text}" is not a ${resource} budget.`, hint };
  const value = Number(match[1]);
  const unit = match[2].toLowerCase();
  if (!(value > 0)) return { problem: `A ${resource} budget of ${text} leaves nothing.`, hint };
  if (unit === 'x' || unit === '%') {
    const ratio = unit === '%' ? value / 100 : value;
    return ratio > 1 ? { problem: `A ${resource} budget of ${text} is more than the model costs.`, hint } : { ratio };
  }
  const scale = units[resource][unit];
  if (scale === undefined) {
    const why = unit === '' ? 'has no unit' : `has an unknown unit "${match[2]}"`;
    return { problem: `The ${resource} budget ${text} ${why}.`, hint };
  }
  const limit = value * scale;
  if (resource !== 'latency' && limit < 1)
    return { problem: `A ${resource} budget of ${text} is less than one.`, hint };
  return { limit };
}

/** Digits of a budget that is proposed. */
const digits = 3;

/** The smallest budget of three digits that an amount is within: `0.453ms`, `1.52M`, `74.1kB`, as `readBudgetText` reads it. */
export function writeBudgetText(resource: Resource, amount: number): string {
  if (resource === 'latency') return `${roundedUp(amount)}ms`;
  const unit = resource === 'bytes' ? 'B' : '';
  for (const [scale, letter] of scales) if (amount >= scale) return `${roundedUp(amount / scale)}${letter}${unit}`;
  return `${Math.ceil(amount)}${unit}`;
}

const scales = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
] as const;

function roundedUp(value: number): number {
  const step = 10 ** (Math.floor(Math.log10(value)) - digits + 1);
  const up = Number((Math.ceil(value / step - 1e-9) * step).toPrecision(digits));
  return up < value ? Number((up + step).toPrecision(digits)) : up;
}
