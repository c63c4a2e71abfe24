import { copyFileSync } from 'node:fs';
import { namedPreprocessing } from '../../src/data/preprocessing';
import { methodOf } from '../../src/methods/registry';
import { modelTotals } from '../../src/onnx/layers';
import { readModel } from '../../src/onnx/read';
import { writeModel } from '../../src/onnx/write';
import { applyPlan } from '../../src/runs/applyPlan';
import { augmentationFor } from '../../src/runs/augmentationFor';
import { openJob, type CompressionJob } from '../../src/runs/compressionJob';
import { train } from '../../src/runs/fineTune';
import type { Progress } from '../../src/protocol/runs';
import type { RunContext } from '../../src/runs/progress';
import { RunFolder } from '../../src/runs/runFolder';
import { searchPlan } from '../../src/runs/searchStage';
import { fileDigest, type CompressSettings } from '../../src/runs/settings';
import { spaceOf, type Latencies } from '../../src/runs/spaceStage';
import { RuntimeProducts } from '../../src/runtime/products';
import { readPlan, writePlan } from '../../src/search/plan';
import { buildSpace, type SearchSpace } from '../../src/search/sites';
import { judge } from './judge';
import { siblingOf, type Row } from './rows';
import {
  existing,
  missing,
  modelPath,
  rowFolder,
  searchEpochs,
  tableFolder,
  tuningEpochs,
  type BenchOptions,
  type Judged,
  type Spent,
} from './workspace';

/** What can be done about a row while other work goes on. */
export const rowPhases = ['search', 'finetune'] as const;
export type RowPhase = (typeof rowPhases)[number];

/** Written when a phase is done. */
const doneFile = { search: 'search.json', finetune: 'judged.json' } as const;
const searchedFile = 'searched.onnx';
const tunedFile = 'tuned.onnx';

/** So often a phase writes down what it has taken so far. */
const spentEveryMs = 10_000;

export function isDone(options: BenchOptions, row: Row, phase: RowPhase): boolean {
  return phaseResult(options, row, phase) !== undefined;
}

export function judgedOf(options: BenchOptions, row: Row): Judged | undefined {
  return phaseResult<Judged>(options, row, 'finetune');
}

export function spentOn(options: BenchOptions, row: Row, phase: RowPhase): Spent | undefined {
  return opened(options, row)?.read<Spent>(spentFile(phase));
}

function phaseResult<T>(options: BenchOptions, row: Row, phase: RowPhase): T | undefined {
  return opened(options, row)?.read<T>(doneFile[phase]);
}

function opened(options: BenchOptions, row: Row): RunFolder | undefined {
  return existing(rowFolder(options, row));
}

/** Takes one phase of a row to its end, from where an earlier start stopped. One process does one phase: its memory is the phase's. */
export async function workOn(options: BenchOptions, row: Row, phase: RowPhase, context: RunContext): Promise<void> {
  const run = RunFolder.createOrContinue(rowFolder(options, row), settingsOf(options, row));
  if (run.has(doneFile[phase])) return;
  const spent = new SpentClock(run, phase);
  const watching: RunContext = {
    ...context,
    progress: (progress: Progress) => {
      spent.tick();
      context.progress(progress);
    },
  };
  const job = await openJob(run, watching);
  try {
    if (phase === 'search') await search(job, options, row);
    else await fineTune(job, options, row);
  } finally {
    spent.write();
    job.data?.dataset.close();
  }
}

/** The settings of a row, which are those of a compression: its search is the product's own. */
export function settingsOf(options: BenchOptions, row: Row): CompressSettings {
  const { network, method, target } = row;
  const model = modelPath(options, network);
  return {
    version: 1,
    kind: 'compress',
    model,
    sha256: fileDigest(model),
    data: options.data,
    preprocessing: namedPreprocessing(network.normalisation),
    inputDims: {},
    budget: target ? { resource: target.resource, text: target.budget } : { resource: 'macs', text: '1x' },
    search: method?.search ?? 'uniform',
    exclude: [network.classifier],
    pinned: {},
    device: { provider: 'cpu', threads: 1 },
    trainThreads: options.threads,
    batch: options.batch,
    ...(options.samples !== undefined && { samples: options.samples }),
    searchEpochs: searchEpochs(options, network),
    haloc: { ...options.haloc, ...method?.haloc },
    epochs: row.tuned ? tuningEpochs(options, row) : 0,
    rate: network.rate,
    seed: options.seed,
  };
}

async function search(job: CompressionJob, options: BenchOptions, row: Row): Promise<void> {
  const { run, source, statuses } = job;
  const { method } = row;
  if (!method) {
    writeModel(source, run.file(searchedFile));
  } else if (method.control && 'planOf' in method.control) {
    const other = opened(options, siblingOf(row, method.control.planOf));
    if (!other?.has('plan.json')) throw missing(`The plan of ${method.control.planOf}`, 'search');
    const plan = readPlan(other.file('plan.json'));
    writeModel((await applyPlan(source, statuses, plan)).model, run.file(searchedFile));
    writePlan(run.file('plan.json'), plan);
  } else {
    const latencies = row.target?.resource === 'latency' ? tableOf(job, options, row) : undefined;
    const space = latencies ? await spaceOf(job, latencies) : await macsSpace(job, method.everyRank ?? false);
    // Every network here has its BatchNorm, so it is trained as it is.
    await searchPlan(job, source, space, latencies, job.settings.preprocessing);
  }
  run.write(doneFile.search, { file: searchedFile, sha256: fileDigest(run.file(searchedFile)) });
}

function tableOf({ run }: CompressionJob, options: BenchOptions, row: Row): Latencies {
  const kept = run.read<Latencies>('latencies.json');
  if (kept) return kept;
  const table = existing(tableFolder(options, row.network))?.read<Latencies>('latencies.json');
  if (!table) throw missing(`The latency table of ${row.network.name}`, 'table');
  run.write('latencies.json', table);
  return table;
}

/** A space for budgets on MACs: no time is measured for it. */
async function macsSpace({ source, statuses, layers }: CompressionJob, everyRank: boolean): Promise<SearchSpace> {
  const products = new RuntimeProducts();
  try {
    const dense = modelTotals(source, layers);
    return await buildSpace(source, statuses, {
      dense,
      methodOf,
      products,
      ...(everyRank && { step: 1, ranks: Infinity }),
    });
  } finally {
    await products.dispose();
  }
}

async function fineTune(job: CompressionJob, options: BenchOptions, row: Row): Promise<void> {
  const { run, settings, context, data } = job;
  if (!data || !settings.preprocessing) throw new Error('A row needs data.');
  if (!run.has(doneFile.search)) throw missing(`The plan of ${row.id}`, 'search');
  if (!run.has(tunedFile)) {
    if (row.tuned) {
      await train(
        readModel(run.file(searchedFile)),
        {
          run,
          context,
          data,
          train: data.dataset.train,
          preprocessing: settings.preprocessing,
          schedule: { kind: 'cosine', rate: row.network.rate },
          epochs: settings.epochs,
          batch: settings.batch,
          threads: settings.trainThreads,
          // Another order of samples than in the search.
          seed: settings.seed + 1,
          augmentation: augmentationFor(data),
          stage: 'fine-tuning',
        },
        tunedFile,
      );
    } else copyFileSync(run.file(searchedFile), run.file(tunedFile));
  }
  const judged = await judge(run.file(tunedFile), data.dataset.validation, settings.preprocessing, options.threads);
  run.write(doneFile.finetune, { file: tunedFile, ...judged });
}

const spentFile = (phase: RowPhase): string => `spent-${phase}.json`;

/** Seconds and peak memory of a phase, added up over its starts. */
class SpentClock {
  private readonly started = performance.now();
  private readonly before: Spent;
  private written = this.started;

  constructor(
    private readonly run: RunFolder,
    private readonly phase: RowPhase,
  ) {
    this.before = run.read<Spent>(spentFile(phase)) ?? { seconds: 0, peakMb: 0, starts: 0 };
  }

  tick(): void {
    if (performance.now() - this.written > spentEveryMs) this.write();
  }

  write(): void {
    this.written = performance.now();
    const { seconds, peakMb, starts } = this.before;
    const spent: Spent = {
      seconds: seconds + (this.written - this.started) / 1000,
      // Kilobytes on every platform.
      peakMb: Math.max(peakMb, process.resourceUsage().maxRSS / 1024),
      starts: starts + 1,
    };
    this.run.write(spentFile(this.phase), spent);
  }
}
