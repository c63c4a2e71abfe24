import { readBudgetText } from '../../../src/protocol/budgetText';
import type { CompressionRequest } from '../../../src/protocol/runs';
import { bytes, ms, si } from '../../ui/numbers';
import { t } from '../../ui/text';
import type { Totals } from '../whatIf';

export type Resource = CompressionRequest['budget']['resource'];

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

/** Reads what was typed, against what the model costs now. */
export function readBudget(resource: Resource, text: string, now: Totals): BudgetReading {
  const read = readBudgetText(resource, text);
  if ('problem' in read) return { problem: `${read.problem} ${read.hint}` };
  const cost = costNow(resource, now);
  if ('ratio' in read) return { share: read.ratio, limit: cost === undefined ? undefined : read.ratio * cost };
  if (cost === undefined) return { limit: read.limit };
  if (read.limit > cost) return { problem: t('The model costs {0} already.', amount(resource, cost)) };
  return { limit: read.limit, share: read.limit / cost };
}
