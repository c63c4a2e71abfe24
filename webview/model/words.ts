import type { GateResult, Origin } from '../../src/protocol/figures';
import type { LayerSummary, ModelSummary } from '../../src/protocol/model';
import type { Device } from '../../src/protocol/device';
import type { RunSummary } from '../../src/protocol/runs';
import { fixed, integer, moment, ms, percent, timeDecimals, times } from '../ui/numbers';
import { t } from '../ui/text';
import type { LayerCost, Time } from './whatIf';

/** The kind of a layer: `Conv 3x3`. */
export function kindOf({ op, weightDims }: LayerSummary): string {
  return weightDims.length > 2 ? `${op} ${weightDims.slice(2).join('x')}` : op;
}

/** What goes in and comes out: `128 → 256, 8x8`. */
export function shapeOf({ inputDims, outputDims, op }: LayerSummary): string {
  // Convolutions have channels second; matrix products have them last.
  const convolution = op.startsWith('Conv') || op.startsWith('QLinearConv');
  const channels = (dims: readonly number[]): number | undefined => (convolution ? dims[1] : dims.at(-1));
  const places = convolution ? outputDims.slice(2) : outputDims.slice(1, -1);
  const change = `${channels(inputDims) ?? '?'} → ${channels(outputDims) ?? '?'}`;
  return places.length > 0 ? `${change}, ${places.join('x')}` : change;
}

export function deviceName({ provider, threads }: Device): string {
  const name = provider === 'cpu' ? t('CPU') : provider.toUpperCase();
  return threads === 1 ? t('{0}, 1 thread', name) : t('{0}, {1} threads', name, threads);
}

export function inputText({ inputs }: ModelSummary): string {
  return inputs.map(({ dims }) => dims.join('x') || '1').join(', ');
}

export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}

/** How a figure was obtained, in words. */
export function originText(origin: Origin): string {
  switch (origin) {
    case 'measured':
      return t('measured');
    case 'table':
      return t('latency table');
    case 'estimated':
      return t('estimated');
  }
}

/** A time with what it rests on: its interval, or how it was estimated. */
export function timeText(time: Time): string {
  const decimals = timeDecimals(time.ms);
  if (time.low !== undefined && time.high !== undefined) {
    const interval = t('95 %: {0} to {1}', fixed(time.low, decimals), fixed(time.high, decimals));
    return `${ms(time.ms, decimals)}, ${originText(time.origin)}, ${interval}`;
  }
  const how =
    time.by === 'interpolation'
      ? t('estimated between two measured ranks')
      : time.by === 'macs'
        ? t('estimated in proportion to the MACs')
        : originText(time.origin);
  return `${ms(time.ms, decimals)}, ${how}`;
}

/** A relative error; upper bounds are marked. */
export function errorText({ error, errorIsBound }: Pick<LayerCost, 'error' | 'errorIsBound'>): string | undefined {
  if (error === undefined) return undefined;
  return errorIsBound ? `\u2264\u202f${percent(error)}` : percent(error);
}

/** A time as a figure; estimates are marked. */
export function timeFigure(time: Time, decimals: number): string {
  const figure = fixed(time.ms, decimals);
  return time.origin === 'estimated' ? `\u2248\u202f${figure}` : figure;
}

export function speedupText({ median, low, high }: { median: number; low: number; high: number }): string {
  return t('{0} (95 %: {1} to {2})', times(median), fixed(low, 2), fixed(high, 2));
}

/** What a task's measure is called and how it is written. */
export function metricText(value: number, name: string | undefined): string {
  return name === undefined || name === 'accuracy' ? percent(value / 100) : `${fixed(value, 2)}\u202fdB`;
}

export function gateName(name: GateResult['name']): string {
  switch (name) {
    case 'reloads':
      return t('Reloads');
    case 'agrees':
      return t('Agrees');
    case 'faster':
      return t('Faster');
    case 'accurate':
      return t('Accurate');
  }
}

export function verdictText(verdict: 'accepted' | 'fell-back'): string {
  return verdict === 'accepted' ? t('Accepted') : t('Fell back');
}

export function runName({ started }: RunSummary): string {
  return moment(started);
}

export function layerCount(count: number): string {
  return count === 1 ? t('1 layer') : t('{0} layers', integer(count));
}
