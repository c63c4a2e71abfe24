import type { LayerFigures, ModelFigures } from '../protocol/figures';
import type { Report } from '../protocol/report';

const number = (value: number, digits = 2): string => value.toFixed(digits);
const million = (value: number): string => `${(value / 1e6).toFixed(2)} M`;

/** The report as Markdown: a sentence, the totals, the gates, the layers, the circumstances. */
export function renderReport(report: Report): string {
  const { before, after, speedup, environment } = report;
  const metric = report.metricName ?? 'metric';
  const rows: [string, string, string][] = [
    ['latency, batch 1 (median, 95 % interval)', latency(before), latency(after)],
    ['MACs', million(before.macs), million(after.macs)],
    ['parameters', before.params.toLocaleString('en'), after.params.toLocaleString('en')],
    ['bytes', before.bytes.toLocaleString('en'), after.bytes.toLocaleString('en')],
    [metric, metricText(report, before.metric), metricText(report, after.metric)],
  ];
  return [
    `# ${report.verdict === 'accepted' ? 'Accepted' : 'Fell back to the source model'}`,
    '',
    report.why,
    '',
    `Speed-up, measured on the written file against its source, paired: **${number(speedup.median)}x** (95 % interval ${number(speedup.low)} to ${number(speedup.high)}).`,
    '',
    '| | before | after |',
    '|---|---:|---:|',
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    `Budget: ${report.budget.text}. Search: ${report.search}, seed ${report.seed}.${report.data ? ` Data: ${report.data}, ${report.metricSamples} validation samples.` : ' No data was given: the metric is not verified.'}`,
    '',
    '## Gates',
    '',
    ...report.gates.map((gate) => `- ${gate.passed ? 'passed' : '**failed**'}: ${gate.name}. ${gate.detail}`),
    '',
    '## Layers',
    '',
    'Times come from the latency table of this device (one fused block at a time, batch 1).',
    '',
    '| layer | dense ms | rank | new ms | MACs | error | status |',
    '|---|---:|---:|---:|---:|---:|---|',
    ...report.layers.map(layerRow),
    '',
    ...(report.tableCheck
      ? [
          `The table's sum for the source model is ${number(report.tableCheck.sumMs)} ms, the whole model takes ${number(report.tableCheck.wholeMs)} ms: ratio ${number(report.tableCheck.ratio)}.`,
          '',
        ]
      : []),
    '## Circumstances',
    '',
    `- ${environment.cpu}, ${report.device.provider}, ${report.device.threads} thread${report.device.threads === 1 ? '' : 's'}, ONNX Runtime ${environment.runtime}, Node ${environment.node}, ${environment.platform}`,
    ...report.notes.map((note) => `- ${note}`),
    ...Object.entries(report.secondsByStage).map(([stage, seconds]) => `- ${stage}: ${number(seconds, 1)} s`),
    '',
  ].join('\n');
}

function latency({ latency: { median, low, high } }: ModelFigures): string {
  return `${number(median, 3)} ms (${number(low, 3)} to ${number(high, 3)})`;
}

function metricText(report: Report, value: number | undefined): string {
  if (value === undefined) return 'not verified';
  return report.metricName === 'accuracy' ? `${number(value)} %` : `${number(value)} dB`;
}

function layerRow(layer: LayerFigures): string {
  const cells = [
    layer.name,
    layer.denseMs === undefined ? '' : number(layer.denseMs, 3),
    layer.rank === undefined ? 'keep' : `${layer.rank} of ${layer.fullRank}`,
    layer.newMs === undefined ? '' : number(layer.newMs, 3),
    layer.macsAfter === layer.macsBefore
      ? million(layer.macsBefore)
      : `${million(layer.macsBefore)} -> ${million(layer.macsAfter)}`,
    layer.error === undefined ? '' : number(layer.error, 3),
    layer.rank === undefined ? layer.reason : 'compressed',
  ];
  return `| ${cells.join(' | ')} |`;
}
