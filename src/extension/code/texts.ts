import { ms, percent, si } from '../format';
import { t } from '../l10n';
import type { Shape } from '../../source/sourceModel';
import type { CallFacts, DefinitionFacts } from './callFacts';
import type { ModelFacts, Suggestion } from './evidence';
import type { WidthStep } from './widths';

/** `64x56x56` of `[1, 64, 56, 56]`; a size that is not known is `?`. */
export function shapeText(shape: Shape | null): string {
  return shape
    ? shape
        .slice(shape.length > 1 ? 1 : 0)
        .map((size) => size ?? '?')
        .join('x')
    : '?';
}

/**
 * What stands behind the line of a layer: `64x56x56, 115.6 M, 0.57 ms`, or for several `8 instances, 1 G, 19.1 ms`; behind a
 * call that makes others elsewhere `21 layers, 1.8 G`. Empty where nothing is known.
 */
export function hintText({ call, layers, macs, ms: time }: CallFacts): string {
  const [{ layer }] = layers;
  const several = call.role === 'outside' ? t('{0} layers', layers.length) : t('{0} instances', layers.length);
  const first = layers.length > 1 ? several : shapeText(layer.output);
  const known = first !== '?' || macs !== undefined || time !== undefined;
  return [known && first, macs !== undefined && si(macs), time !== undefined && ms(time)].filter(Boolean).join(', ');
}

const methodName = { tucker: 'Tucker-2', svd: 'SVD' } as const;

export function evidenceText({ evidence, energy }: Pick<Suggestion, 'evidence' | 'energy'>): string {
  if (evidence === 'searched') return t('searched');
  if (evidence === 'spectrum' && energy !== undefined)
    return t('spectrum keeps {0}, accuracy untried', percent(energy));
  return t('estimate, accuracy untried');
}

/** Milliseconds before and after. */
function changeText(before: number, after: number): string {
  return `${ms(before)} → ${ms(after)}`;
}

/** `Tucker-2 rank 24 of 64: 0.570 ms → 0.310 ms, 8 instances (searched)` */
export function suggestionText(suggestion: Suggestion, instances: number): string {
  const { method, rank, fullRank, nowMs, ms: then } = suggestion;
  const form = t('{0} rank {1} of {2}', methodName[method], rank, fullRank);
  const count = instances > 1 ? `, ${t('{0} instances', instances)}` : '';
  return `${form}: ${changeText(nowMs, then)}${count} (${evidenceText(suggestion)})`;
}

/** `33 to 32 channels: 0.910 ms → 0.600 ms`, or without times that were not measured. */
export function widthText({ from, to, nowMs, ms: then }: WidthStep): string {
  const step = t('{0} to {1} channels', from, to);
  return nowMs === undefined || then === undefined ? step : `${step}: ${changeText(nowMs, then)}`;
}

/** Totals over a class or function: `1.8 G MACs, 11.7 M parameters, 38.2 ms`. */
export function totalsText(
  { macs, params, ms: time, share }: Omit<DefinitionFacts, 'suggestions' | 'savedMs'>,
  whole: boolean,
): string {
  return [
    macs !== undefined && t('{0} MACs', si(macs)),
    params !== undefined && t('{0} parameters', si(params)),
    time !== undefined && ms(time),
    !whole && share !== undefined && t('{0} of the time', percent(share)),
  ]
    .filter(Boolean)
    .join(', ');
}

/** `6 layers worth compressing: 38.2 ms → 14.9 ms`; empty where there is nothing to gain. */
export function gainText({ suggestions, savedMs, ms: time }: DefinitionFacts): string {
  if (suggestions === 0 || time === undefined) return '';
  const layers = suggestions === 1 ? t('1 layer worth compressing') : t('{0} layers worth compressing', suggestions);
  return `${layers}: ${changeText(time, time - savedMs)}`;
}

/** Where the figures come from, in sentences. */
export function originText({ exported, model, layers, untimed }: ModelFacts, device: string): string {
  const input = t(
    'Input {0} ({1}).',
    model.inputs?.map((shape) => shape.map((size) => size ?? '?').join('x')).join(' + ') ?? '?',
    inputNoteText(model.inputNote),
  );
  if (![...layers.values()].some(({ ms: time }) => time !== undefined))
    return `${input} ${t('Not measured on {0} yet: MACs only.', device)}`;
  const times = exported?.times
    ? t('Times of the layers of {0}, measured on {1}.', exported.name, device)
    : t('Times of layers of these sizes, measured on {0}.', device);
  if (untimed === 0) return `${input} ${times}`;
  return `${input} ${times} ${untimed === 1 ? t('1 layer has no time.') : t('{0} layers have no time.', untimed)}`;
}

/** Where an input came from, in the language of the editor. */
export function inputNoteText(note: string): string {
  const onLine = / on line (\d+)$/.exec(note);
  if (onLine) return t('{0} on line {1}', note.slice(0, onLine.index), onLine[1]);
  if (note.endsWith(' of the model')) return t('{0} of the model', note.slice(0, -' of the model'.length));
  const known: Readonly<Record<string, string>> = {
    given: t('given'),
    'from the comment': t('from the comment'),
    'from the call of the model in this file': t('from the call of the model in this file'),
    'usual size': t('usual size'),
  };
  return known[note] ?? note;
}
