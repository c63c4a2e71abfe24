import type { ModelSummary } from '../protocol/model';
import type { Report } from '../protocol/report';
import type { ModelComparison, ModelTimes } from '../protocol/times';
import { renderReport } from '../runs/report';
import { bytes, ms, percent, si, table } from './output';

/** Layers listed at most: an agent's context is small, and the first hundred by cost say what there is to gain. */
const mostLayers = 100;

export function inspectionText({ layers, totals, openSizes, trainingObstacle }: ModelSummary): string {
  const shown = layers.toSorted((a, b) => b.macs - a.macs).slice(0, mostLayers);
  return [
    `${layers.length} layers, ${si(totals.macs)} MACs, ${totals.params} parameters, ${bytes(totals.bytes)}.`,
    ...(openSizes.length > 0 ? [`Sizes known only at run time were counted as 1: ${openSizes.join(', ')}.`] : []),
    ...(trainingObstacle !== undefined ? [`It can't be trained: ${trainingObstacle}`] : []),
    ...(shown.length < layers.length ? [`The ${shown.length} with the most MACs:`] : []),
    table(shown, [
      { title: 'layer', value: ({ name }) => name },
      { title: 'op', value: ({ op }) => op },
      { title: 'MACs', value: ({ macs }) => si(macs), right: true },
      { title: 'status', value: ({ status }) => status },
      { title: 'reason', value: ({ reason }) => reason },
    ]),
  ].join('\n');
}

export function timesText({ latency, layers, device, noisy, measured }: ModelTimes): string {
  const shown = layers.toSorted((a, b) => b.ms - a.ms).slice(0, mostLayers);
  return [
    `Batch 1 on ${device.provider}, ${device.threads} thread(s): ${interval(latency)}, measured ${measured}.`,
    ...(noisy ? ['The machine was noisy: measure again when nothing else runs.'] : []),
    table(shown, [
      { title: 'layer', value: ({ name }) => name },
      { title: 'ms', value: (layer) => ms(layer.ms), right: true },
      { title: 'share', value: ({ share }) => percent(share), right: true },
    ]),
  ].join('\n');
}

export function comparisonText({
  a,
  b,
  speedup,
  agreement,
  agreementOn,
  difference,
  samples,
  noisy,
}: ModelComparison): string {
  return [
    `${a.path}: ${interval(a.latency)}`,
    `${b.path}: ${interval(b.latency)}`,
    `Speed-up of the second: ${speedup.median.toFixed(2)}x (95 % interval ${speedup.low.toFixed(2)} to ${speedup.high.toFixed(2)}).`,
    agreementOn === 'class'
      ? `Same class on ${percent(agreement)} of ${samples} random inputs.`
      : `Outputs differ by ${percent(difference)} (relative, ${samples} random inputs).`,
    ...(noisy ? ['The machine was noisy: compare again when nothing else runs.'] : []),
  ].join('\n');
}

export function runText(report: Report): string {
  return `Model: ${report.model.result}\n\n${renderReport(report)}`;
}

function interval({ median, low, high }: ModelTimes['latency']): string {
  return `${ms(median)} ms (95 % interval ${ms(low)} to ${ms(high)})`;
}
