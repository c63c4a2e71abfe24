import type { Interval } from '../../src/hardware/statistics';
import type { PairedRows, ResultRow, Results } from './results';

/** The results as a page: a table for each network, the comparisons, the circumstances. */
export function renderMarkdown({ about, rows, comparisons, missing }: Results): string {
  const networks = [...new Set(rows.map(({ network }) => network))];
  const { environment } = about;
  return [
    '# HALOC on CIFAR-10',
    '',
    'Made by `npm run -s bench:haloc`; figures in `haloc-cifar10.json`. Accuracy is on the images of batch 4, which nothing was trained on, with the standard error of a share; rows of a network are fine-tuned alike. Latency is at batch 1 on one and on two threads, in warm caches: the median, and in brackets the range that the 95 % intervals of three processes lie in; all files of a network are measured interleaved. A cell is empty where the figure has not been made.',
    '',
    ...networks.flatMap((network) => section(network, rows, comparisons)),
    '## Circumstances',
    '',
    `- ${environment.cpu}, ${environment.cores} cores, ${environment.flags?.join(' ')}; ONNX Runtime ${environment.runtime}, Node ${environment.node}`,
    `- Data ${about.data}, ${about.samplesUsed === 'all' ? 'all samples' : `${about.samplesUsed} samples of each split`}; batch ${about.batch}, seed ${about.seed}, training on ${about.trainingThreads} threads`,
    ...networks.map((network) => `- ${network}: ${scheduleOf(rows.filter((row) => row.network === network))}`),
    '- Search and fine-tuning are wall-clock seconds and the peak memory of their process; while they ran the machine may have been shared.',
    ...(missing.length > 0 ? ['', `Not made yet: ${missing.join(', ')}.`] : []),
    '',
  ].join('\n');
}

function section(network: string, rows: readonly ResultRow[], comparisons: readonly PairedRows[]): string[] {
  const own = rows.filter((row) => row.network === network);
  const paired = comparisons.filter((pair) => pair.network === network);
  return [
    `## ${network}`,
    '',
    '| target | method | accuracy % | MACs | parameters | bytes | ms, 1 thread | ms, 2 threads | search s | search MB | tuning s |',
    '|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...own.filter(({ control }) => !control).map(tableRow),
    '',
    ...sharedSentences(own),
    ...controls(own),
    ...(paired.length > 0
      ? [
          'Points of accuracy between rows, from the same images (difference, standard error of the paired difference):',
          '',
          '| target | row | against | difference |',
          '|---|---|---|---:|',
          ...paired.map(
            ({ target, method, against, difference, standardError }) =>
              `| ${target} | ${method} | ${against} | ${signed(difference)} ± ${standardError.toFixed(2)} |`,
          ),
          '',
        ]
      : []),
    ...searchSentences(own),
    ...keptSentences(own),
  ];
}

/** Methods that came to the same plan. */
function sharedSentences(rows: readonly ResultRow[]): string[] {
  return rows.flatMap(({ target, method, tunedAs }) =>
    tunedAs === undefined
      ? []
      : [`At ${target} ${method} came to the same file as ${tunedAs}, which was fine-tuned once for both.`, ''],
  );
}

function controls(rows: readonly ResultRow[]): string[] {
  const own = rows.filter(({ control }) => control);
  if (own.length === 0) return [];
  return [
    'Controls: the untouched network with the same fine-tuning (dense-tuned); the knapsack with the epochs of the search added to its fine-tuning (knapsack-rise-longer); the ranks that HALOC chose, with weights fitted to the untouched network instead of those that the search trained (haloc-macs-refitted); the models that HALOC searched with more epochs of fine-tuning (haloc-macs-longer, haloc-latency-longer).',
    '',
    '| target | control | epochs of fine-tuning | accuracy % | MACs | ms, 1 thread |',
    '|---|---|---:|---:|---:|---:|',
    ...own.map(({ target, method, schedule, accuracy, accuracyStandardError, macs, latencyMs }) =>
      cells([
        target,
        method,
        String(schedule.epochs),
        percent(accuracy, accuracyStandardError),
        million(macs),
        interval(latencyMs),
      ]),
    ),
    '',
  ];
}

function tableRow(row: ResultRow): string {
  return cells([
    row.target,
    row.method,
    percent(row.accuracy, row.accuracyStandardError),
    million(row.macs),
    row.params.toLocaleString('en'),
    row.bytes.toLocaleString('en'),
    interval(row.latencyMs),
    interval(row.latencyTwoThreadsMs),
    row.searchSeconds?.toFixed(0) ?? '',
    row.searchPeakMb?.toFixed(0) ?? '',
    row.tuningSeconds?.toFixed(0) ?? '',
  ]);
}

/** How long each row of HALOC searched, and with which settings. */
function searchSentences(rows: readonly ResultRow[]): string[] {
  const searched = rows.filter(({ control, schedule }) => !control && schedule.searchEpochs > 0);
  return searched.flatMap(({ target, method, schedule: { searchEpochs, haloc } }) => {
    const settings = Object.entries(haloc).map(([name, value]) => `${name}=${String(value)}`);
    return [
      `At ${target} ${method} searched for ${searchEpochs} epochs with ${settings.join(', ') || 'the defaults'}.`,
      '',
    ];
  });
}

/** What the search left alone, in words, where time was its budget. */
function keptSentences(rows: readonly ResultRow[]): string[] {
  return rows
    .filter(({ method }) => method === 'haloc-latency')
    .flatMap(({ target, keptLayers, ranks }) => [
      `At ${target} HALOC kept ${keptLayers} of ${keptLayers + Object.keys(ranks).length} layers as they are.`,
      '',
    ]);
}

function scheduleOf(rows: readonly ResultRow[]): string {
  const tuned = rows.find(({ control, schedule }) => !control && schedule.epochs > 0)?.schedule;
  if (!tuned) return 'no row is fine-tuned yet';
  return `${tuned.epochs} epochs of fine-tuning, learning rate ${tuned.rate} falling to 0 by a cosine`;
}

const cells = (values: readonly string[]): string => `| ${values.join(' | ')} |`;
const million = (value: number): string => `${(value / 1e6).toFixed(2)} M`;
const percent = (value: number, error: number): string => `${value.toFixed(2)} ± ${error.toFixed(2)}`;
const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(2)}`;
const interval = (value: Interval | undefined): string =>
  value ? `${value.median.toFixed(3)} (${value.low.toFixed(3)} to ${value.high.toFixed(3)})` : '';
