import { isDeepStrictEqual } from 'node:util';
import type { Environment } from '../../src/protocol/environment';
import type { Interval } from '../../src/hardware/statistics';
import { compressSettingsSchema } from '../../src/runs/settings';
import type { HalocSettings } from '../../src/search/halocSettings';
import { choiceOf, readPlan } from '../../src/search/plan';
import { measuredFiles, threadCounts } from './measure';
import { isDone, judgedOf, spentOn } from './row';
import { isControl, rowsOf, type BenchNetwork, type Row } from './rows';
import { existing, rowFolder, type BenchOptions, type Judged, type Spent } from './workspace';

/** One row of the table as it is published. Figures that have not been made are absent. */
export interface ResultRow {
  readonly network: string;
  readonly method: string;
  /** `macs 0.278x`: the budget as a share of the untouched network. */
  readonly target: string;
  /** Whether the row answers a question about another one. */
  readonly control: boolean;
  /** The method whose row started from the same file, so that both share one fine-tuning. */
  readonly tunedAs?: string;
  /** Per cent right on batch 4, with the standard error of a share. */
  readonly accuracy: number;
  readonly accuracyStandardError: number;
  readonly samples: number;
  readonly macs: number;
  readonly params: number;
  /** Of the file. */
  readonly bytes: number;
  /** Batch 1 on one thread: median, and the range that the 95 % intervals of all processes lie in. */
  readonly latencyMs?: Interval;
  readonly latencyTwoThreadsMs?: Interval;
  readonly searchSeconds?: number;
  readonly searchPeakMb?: number;
  readonly tuningSeconds?: number;
  readonly tuningPeakMb?: number;
  /** Rank of every layer that has one. */
  readonly ranks: Readonly<Record<string, number>>;
  readonly keptLayers: number;
  readonly schedule: {
    readonly searchEpochs: number;
    /** Settings of the search that are not its defaults. */
    readonly haloc: Partial<HalocSettings>;
    readonly epochs: number;
    readonly rate: number;
  };
  readonly seed: number;
}

/** Two rows of the same network on the same validation samples. */
export interface PairedRows {
  readonly network: string;
  readonly target: string;
  readonly method: string;
  readonly against: string;
  /** Points of accuracy, with the standard error of a paired difference. */
  readonly difference: number;
  readonly standardError: number;
}

export interface Results {
  readonly about: {
    readonly data: string;
    readonly samplesUsed: number | 'all';
    readonly batch: number;
    readonly seed: number;
    readonly trainingThreads: number;
    readonly environment: Partial<Environment>;
  };
  readonly rows: readonly ResultRow[];
  readonly comparisons: readonly PairedRows[];
  /** Rows that have not been made yet. */
  readonly missing: readonly string[];
}

/** Collects what there is of the rows of some networks. */
export function collect(options: BenchOptions, networks: readonly BenchNetwork[], environment: Environment): Results {
  const all = rowsOf(networks);
  const made = all.flatMap((row) => {
    const judged = judgedOf(options, row);
    return judged ? [{ row, judged, schedule: scheduleOf(options, row) }] : [];
  });
  return {
    about: {
      data: options.data.replace(/^([\w-]+:)[^?]*/, '$1DIR'),
      samplesUsed: options.samples ?? 'all',
      batch: options.batch,
      seed: options.seed,
      trainingThreads: options.threads,
      environment,
    },
    rows: made.map((one) => resultRow(options, one)),
    comparisons: networks.flatMap((network) => comparisons(made.filter(({ row }) => row.network === network))),
    missing: all.filter((row) => !isDone(options, row, 'finetune')).map(({ id }) => id),
  };
}

interface Made {
  readonly row: Row;
  readonly judged: Judged;
  readonly schedule: ResultRow['schedule'];
}

function resultRow(options: BenchOptions, { row, judged, schedule }: Made): ResultRow {
  const { accuracy, samples, macs, params, bytes } = judged;
  const share = accuracy / 100;
  const latency = (threads: number): Interval | undefined => {
    const measured = measuredFiles(options, row.network, threads)?.rows[row.id];
    if (measured?.sha256 !== judged.sha256) return undefined;
    const { median, low, high } = measured;
    return { median, low, high };
  };
  const [one, two] = threadCounts.map(latency);
  const search = spentOn(options, row, 'search');
  const tuning = spentOn(options, row, 'finetune');
  const ranks = ranksOf(options, row);
  return {
    network: row.network.name,
    method: row.methodName,
    target: targetText(row),
    control: isControl(row),
    ...(judged.tunedAs !== undefined && { tunedAs: judged.tunedAs }),
    accuracy,
    accuracyStandardError: rounded(100 * Math.sqrt((share * (1 - share)) / samples)),
    samples,
    macs,
    params,
    bytes,
    ...(one && { latencyMs: one }),
    ...(two && { latencyTwoThreadsMs: two }),
    ...(row.method && search && { searchSeconds: rounded(search.seconds), searchPeakMb: rounded(search.peakMb) }),
    ...(row.tuned && tuning && taken(tuning)),
    ranks: ranks.chosen,
    keptLayers: ranks.kept,
    schedule,
    seed: options.seed,
  };
}

/** As the row's own run has it, which may be older than the rows of today. */
function scheduleOf(options: BenchOptions, row: Row): ResultRow['schedule'] {
  const settings = existing(rowFolder(options, row))?.settings;
  const { search, searchEpochs, haloc, epochs, rate } = compressSettingsSchema.parse(settings);
  const searched = row.method !== undefined && search === 'haloc';
  return {
    searchEpochs: searched ? searchEpochs : 0,
    haloc: (searched && haloc) || {},
    epochs,
    rate: rate ?? row.network.rate,
  };
}

function taken({ seconds, peakMb }: Spent): Pick<ResultRow, 'tuningSeconds' | 'tuningPeakMb'> {
  return { tuningSeconds: rounded(seconds), tuningPeakMb: rounded(peakMb) };
}

function targetText({ target }: Row): string {
  return target ? `${target.resource} ${target.budget}` : 'none';
}

function ranksOf(options: BenchOptions, row: Row): { chosen: Record<string, number>; kept: number } {
  const run = existing(rowFolder(options, row));
  const chosen: Record<string, number> = {};
  if (!run?.has('plan.json')) return { chosen, kept: 0 };
  const plan = readPlan(run.file('plan.json'));
  let kept = 0;
  for (const layer of Object.keys(plan.sites)) {
    const choice = choiceOf(plan, layer);
    if (choice.kind === 'rank') chosen[layer] = choice.rank;
    else kept++;
  }
  return { chosen, kept };
}

/**
 * Every HALOC row against the untouched network and, unless it is a control's, against the other rows of its target; those driven
 * by latency against those driven by MACs, too.
 */
function comparisons(made: readonly Made[]): PairedRows[] {
  return made
    .filter(({ row }) => row.method?.search === 'haloc')
    .flatMap((one) =>
      made
        .filter(
          (other) =>
            !other.row.target ||
            (!isControl(one.row) && other !== one && other.row.target === one.row.target) ||
            differOnlyInDriver(one, other),
        )
        .map((other) => ({
          network: one.row.network.name,
          target: targetText(one.row),
          method: one.row.methodName,
          against: differOnlyInDriver(one, other)
            ? `${other.row.methodName}, ${targetText(other.row)}`
            : other.row.methodName,
          ...pairedDifference(one.judged.right, other.judged.right),
        })),
    );
}

/** Whether the search of the first was driven by latency and that of the other by MACs, and both were trained alike. */
export function differOnlyInDriver(one: Omit<Made, 'judged'>, other: Omit<Made, 'judged'>): boolean {
  return (
    one.row.network === other.row.network &&
    one.row.target?.resource === 'latency' &&
    other.row.target?.resource === 'macs' &&
    [one, other].every(({ row }) => row.method?.search === 'haloc') &&
    isControl(one.row) === isControl(other.row) &&
    isDeepStrictEqual(one.schedule, other.schedule)
  );
}

/**
 * Difference of two shares on the same samples, in points: with b samples that only the first has right and c that only the
 * second has, (b - c)/n, of standard error sqrt(b + c - (b - c)^2 / n)/n.
 */
export function pairedDifference(first: string, second: string): { difference: number; standardError: number } {
  if (first.length !== second.length) throw new RangeError('The rows were judged on different samples.');
  const n = first.length;
  let [b, c] = [0, 0];
  for (let i = 0; i < n; i++) {
    if (first[i] === second[i]) continue;
    if (first[i] === '1') b++;
    else c++;
  }
  return {
    difference: rounded((100 * (b - c)) / n),
    standardError: rounded((100 * Math.sqrt(b + c - (b - c) ** 2 / n)) / n),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
