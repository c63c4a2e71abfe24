import { copyFileSync } from 'node:fs';
import { readModel } from '../../src/onnx/read';
import { writeModel } from '../../src/onnx/write';
import { applyPlan } from '../../src/runs/applyPlan';
import { augmentationFor } from '../../src/runs/augmentationFor';
import { openJob, type CompressionJob } from '../../src/runs/compressionJob';
import { train } from '../../src/runs/fineTune';
import type { RunContext } from '../../src/runs/progress';
import { RunFolder } from '../../src/runs/runFolder';
import { searchPlan } from '../../src/runs/searchStage';
import { compressSettingsSchema, fileDigest } from '../../src/runs/settings';
import type { LossRises } from '../../src/search/lossRise';
import { readPlan, writePlan } from '../../src/search/plan';
import type { SearchSpace } from '../../src/search/sites';
import { judge } from './judge';
import { choicesOf, knownRises, needsRises } from './rises';
import { rowsOf, siblingOf, type Row } from './rows';
import { settingsOf, spaceOf } from './rowSpace';
import { SpentClock } from './spent';
import { existing, missing, rowFolder, type BenchOptions, type Judged, type Spent } from './workspace';

/** What can be done about a row while other work goes on. */
export const rowPhases = ['search', 'finetune'] as const;
export type RowPhase = (typeof rowPhases)[number];

/** Written when a phase is done. */
const doneFile = { search: 'search.json', finetune: 'judged.json' } as const;
const searchedFile = 'searched.onnx';
const tunedFile = 'tuned.onnx';

export function isDone(options: BenchOptions, row: Row, phase: RowPhase): boolean {
  return phaseResult(options, row, phase) !== undefined;
}

export function judgedOf(options: BenchOptions, row: Row): Judged | undefined {
  return phaseResult<Judged>(options, row, 'finetune');
}

/**
 * What a phase took; a search that started from rises of the loss took the time to measure them as well, and a row that shares
 * another one's fine-tuning took that row's.
 */
export function spentOn(options: BenchOptions, row: Row, phase: RowPhase): Spent | undefined {
  const shared = phase === 'finetune' ? judgedOf(options, row)?.tunedAs : undefined;
  if (shared !== undefined) return spentOn(options, siblingOf(row, shared), phase);
  const own = opened(options, row)?.read<Spent>(spentFile(phase));
  if (!own || phase !== 'search' || own.withRises !== true) return own;
  const rises = knownRises(options, row)?.spent;
  if (!rises) return own;
  return { ...own, seconds: own.seconds + rises.seconds, peakMb: Math.max(own.peakMb, rises.peakMb) };
}

const spentFile = (phase: RowPhase): string => `spent-${phase}.json`;

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
  const spent = new SpentClock(
    run,
    spentFile(phase),
    phase === 'search' && needsRises(row) && knownRises(options, row) !== undefined,
  );
  const job = await openJob(run, spent.watching(context));
  try {
    if (phase === 'search') await search(job, options, row);
    else await fineTune(job, options, row);
  } finally {
    spent.write();
    job.data?.dataset.close();
  }
}

/** The rises of the loss that were measured for all rows of this row's kind; a row that finds none measures its own. */
function risesFor(options: BenchOptions, row: Row, space: SearchSpace): LossRises | undefined {
  const known = needsRises(row) ? knownRises(options, row) : undefined;
  if (!known) return undefined;
  if (known.rises.choices !== choicesOf(space)) throw new Error(`${row.id} has other candidates than those measured.`);
  return known.rises;
}

async function search(job: CompressionJob, options: BenchOptions, row: Row): Promise<void> {
  const { run, source, statuses } = job;
  const { method } = row;
  if (!method) {
    writeModel(source, run.file(searchedFile));
  } else if (method.control && 'modelOf' in method.control) {
    const other = searched(options, row, method.control.modelOf);
    for (const file of [searchedFile, 'plan.json']) copyFileSync(other.file(file), run.file(file));
  } else if (method.control && 'planOf' in method.control) {
    const other = searched(options, row, method.control.planOf);
    const plan = readPlan(other.file('plan.json'));
    writeModel((await applyPlan(source, statuses, plan)).model, run.file(searchedFile));
    writePlan(run.file('plan.json'), plan);
  } else {
    const { search: space, latencies } = await spaceOf(job, options, row);
    // Every network here has its BatchNorm, so it is trained as it is.
    await searchPlan(job, source, space, latencies, job.settings.preprocessing, risesFor(options, row, space));
  }
  run.write(doneFile.search, { file: searchedFile, sha256: fileDigest(run.file(searchedFile)) });
}

/** The folder of a sibling whose search is done. */
function searched(options: BenchOptions, row: Row, method: string): RunFolder {
  const other = opened(options, siblingOf(row, method));
  if (!other?.has(doneFile.search)) throw missing(`The plan of ${method}`, 'search');
  return other;
}

async function fineTune(job: CompressionJob, options: BenchOptions, row: Row): Promise<void> {
  const { run, settings, context, data } = job;
  if (!data || !settings.preprocessing) throw new Error('A row needs data.');
  if (!run.has(doneFile.search)) throw missing(`The plan of ${row.id}`, 'search');
  const twin = sameTuning(options, row, run);
  if (twin) {
    const { run: other, method } = twin;
    copyFileSync(other.file(tunedFile), run.file(tunedFile));
    run.write(doneFile.finetune, { ...other.read<Judged>(doneFile.finetune), tunedAs: method });
    return;
  }
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

/**
 * A finished row of the same target whose fine-tuning started from the same file under the same settings. Training repeats to
 * the last bit, so doing it again would give the same file.
 */
function sameTuning(options: BenchOptions, row: Row, run: RunFolder): { run: RunFolder; method: string } | undefined {
  if (!row.tuned) return undefined;
  const start = startOf(run);
  for (const sibling of rowsOf([row.network])) {
    if (sibling.id === row.id || sibling.target !== row.target || !sibling.tuned) continue;
    const other = opened(options, sibling);
    const judged = other?.read<Judged>(doneFile.finetune);
    if (!other || !judged || judged.tunedAs !== undefined || startOf(other) !== start) continue;
    return { run: other, method: sibling.methodName };
  }
  return undefined;
}

/** All that decides what comes out of a row's fine-tuning. */
function startOf(run: RunFolder): string {
  const { data, preprocessing, trainThreads, batch, samples, epochs, rate, seed } = compressSettingsSchema.parse(
    run.settings,
  );
  const searched = run.read<{ sha256: string }>(doneFile.search)?.sha256;
  return JSON.stringify([searched, data, preprocessing, trainThreads, batch, samples, epochs, rate, seed]);
}
