import type { CompressionRequest } from '../../../src/protocol/runs';
import { bytes, ms, si } from '../../ui/numbers';
import { t } from '../../ui/text';
import type { Totals } from '../whatIf';

export type Resource = CompressionRequest['budget']['resource'];

const counts = { '': 1, k: 1e3, m: 1e6, g: 1e9 };
const units: Readonly<Record<Resource, Readonly<Record<string, number>>>> = {
  latency: { us: 1e-3, ms: 1, s: 1e3 },
  macs: counts,
  params: counts,
  bytes: { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30 },
};

export const examples: Readonly<Record<Resource, string>> = {
  latency: '0.6x, 60%, 8ms',
  macs: '0.3x, 30%, 12M',
  params: '0.3x, 30%, 1.5M',
  bytes: '0.5x, 50%, 300kB',
};

/** What the model costs now. Undefined for a latency that was not measured. */
export function costNow(resource: Resource, now: Totals): number | undefined {
  return resource === 'latency' ? now.time?.ms : now[resource];
}

export function amount(resource: Resource, value: number): string {
  if (resource === 'latency') return ms(value);
  return resource === 'bytes' ? bytes(value) : si(value);
}

export interface BudgetReading {
  /** What is wrong with it, in words. */
  readonly problem?: string;
  /** Milliseconds, MACs, parameters or bytes; undefined where the model's cost is not known. */
  readonly limit?: number;
  /** Share of what the model costs now. */
  readonly share?: number;
}

/** Reads what was typed, as the engine will: it has the last word. */
export function readBudget(resource: Resource, text: string, now: Totals): BudgetReading {
  const match = /^(\d+(?:\.\d*)?|\.\d+)\s*([a-z%]*)$/i.exec(text.trim());
  const like = t('Write it like {0}.', examples[resource]);
  if (!match) return { problem: like };
  const value = Number(match[1]);
  const unit = match[2].toLowerCase();
  const cost = costNow(resource, now);
  const relative = unit === 'x' ? 1 : unit === '%' ? 100 : undefined;
  const scale = relative ? (cost ?? NaN) / relative : units[resource][unit];
  if (!(value > 0) || scale === undefined) return { problem: like };
  if (relative) {
    const share = value / relative;
    if (share > 1) return { problem: t('That is more than the model costs.') };
    return { share, limit: cost === undefined ? undefined : share * cost };
  }
  const limit = value * scale;
  if (cost !== undefined && limit > cost) return { problem: t('The model costs {0} already.', amount(resource, cost)) };
  return { limit, share: cost === undefined ? undefined : limit / cost };
}
