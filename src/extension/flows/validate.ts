import { budgetExamples, readBudgetText } from '../../protocol/budgetText';
import type { CompressionRequest } from '../../protocol/runs';
import { t } from '../l10n';

/** Why a budget can't be, by the engine's own rule; undefined when it can. */
export function budgetProblem(resource: CompressionRequest['budget']['resource'], text: string): string | undefined {
  if (text.trim() === '') return t('Give a budget, such as {0}.', budgetExamples[resource]);
  const read = readBudgetText(resource, text);
  return 'problem' in read ? `${read.problem} ${read.hint}` : undefined;
}

/** Why a text is no number of points or dB from 0. */
export function maxDropProblem(text: string): string | undefined {
  const value = Number(text.replace(',', '.'));
  return text.trim() === '' || !Number.isFinite(value) || value < 0
    ? t('Give a number from 0, such as 1.0.')
    : undefined;
}

/** Why a text is no whole number from a least value. */
export function wholeProblem(text: string, least: number): string | undefined {
  return !/^\d+$/.test(text.trim()) || Number(text) < least ? t('Give a whole number from {0}.', least) : undefined;
}

/** Why a text is no list of sizes. */
export function sizesProblem(text: string): string | undefined {
  return parseSizes(text) ? undefined : t('Give sizes from 1 up, such as 1x3x224x224.');
}

/** `1x3x224x224` as numbers; undefined when it is not that. */
export function parseSizes(text: string): number[] | undefined {
  const sizes = text
    .trim()
    .split(/\s*[x,]\s*/i)
    .map(Number);
  return text.trim() !== '' && sizes.every((size) => Number.isInteger(size) && size > 0) ? sizes : undefined;
}
