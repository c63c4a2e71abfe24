import { statSync } from 'node:fs';
import { foldBatchNorm } from '../methods/shared/batchNorm';
import { modelTotals } from '../onnx/layers';
import type { Model } from '../onnx/model';
import { writeFileAtomic } from '../onnx/atomicFile';
import { readModel } from '../onnx/read';
import { writeModel } from '../onnx/write';
import type { Preprocessing } from '../data/preprocessing';
import { modelLayers } from './modelLayers';
import { augmentationFor } from './augmentationFor';
import { openJob, type CompressionJob } from './compressionJob';
import { CancelledError, RunError } from './errors';
import type { Interval, ModelFigures } from '../protocol/figures';
import { train, tuningRate } from './fineTune';
import { tryGates, type GatesResult } from './gates';
import { layerFigures } from './layerFigures';
import { newCompression, type CompressionRequest } from './newCompression';
import type { RunContext } from './progress';
import type { Report } from '../protocol/report';
import { renderReport } from './report';
import type { RunFolder } from './runFolder';
import { lockRun } from './runLock';
import { InfeasibleBudgetError } from '../search/errors';
import type { Space } from '../search/space';
import { budgetOf, describeBudget, searchPlan, type Searched } from './searchStage';
import { measureLatencies, spaceOf, type Latencies } from './spaceStage';
import { evaluateBaseline, type Baseline } from './taskData';
import { recalibrated, trainableForm } from './trainable';

/** What a compression ends with; the paths are absolute. */
export interface CompressionResult {
  readonly verdict: Report['verdict'];
  readonly why: string;
  readonly before: ModelFigures;
  readonly after: ModelFigures;
  readonly speedup: Interval;
  readonly metricName?: string;
  readonly plan: string;
  readonly model: string;
  readonly report: string;
  readonly run: string;
}

/**
 * Starts a compression. A request that turns out not to be possible (a budget that can't be met, data of another shape)
 * leaves no run behind.
 * @param folder the run's folder; a new one under the default place when it is left out
 */
export async function startCompression(
  request: CompressionRequest,
  folder: string | undefined,
  context: RunContext,
): Promise<{ readonly run: RunFolder; readonly result: CompressionResult }> {
  const run = newCompression(request, folder);
  context.note(`Run: ${run.path}`);
  try {
    return { run, result: await resumeCompression(run, context) };
  } catch (error) {
    const impossible = error instanceof Error && 'hint' in error;
    if (impossible && !run.has('plan.json')) run.remove();
    throw error;
  }
}

/**
 * Does what the run's settings ask for, from where an earlier start of the run stopped. Throws a CancelledError when the
 * user stops it (what was reached is kept), and typed errors with a hint for everything the user can mend.
 */
export async function resumeCompression(run: RunFolder, context: RunContext): Promise<CompressionResult> {
  const lock = await lockRun(run);
  const note = (sentence: string): void => {
    run.event('note', { sentence });
    context.note(sentence);
  };
  try {
    return await compress(run, { ...context, note });
  } catch (error) {
    if (context.signal.aborted) {
      run.event('cancelled');
      throw new CancelledError();
    }
    const message = error instanceof Error ? error.message : String(error);
    run.event('failed', {
      message,
      ...(error instanceof Error && 'hint' in error && { hint: error.hint }),
      ...(InfeasibleBudgetError.is(error) && { reachable: error.reachable }),
    });
    throw error;
  } finally {
    lock.release();
  }
}

async function compress(run: RunFolder, context: RunContext): Promise<CompressionResult> {
  const clock = new StageClock(run);
  const job = await openJob(run, context);
  try {
    const { data, settings } = job;
    const baseline = data && (await clock.time('baseline', () => baselineOf(job)));
    const latencies = await clock.time('latencies', () => run.stage('latencies', () => measureLatencies(job)));
    const space = await spaceOf(job, latencies);
    if (space.sites.length === 0) {
      throw new RunError(
        'No layer of the model is worth compressing on this device.',
        'layerwise inspect says why for each layer.',
      );
    }
    const budget = budgetOf(job, space);
    const preprocessing = baseline?.preprocessing;
    const trainable =
      data && preprocessing ? await trainableForm(job, data, preprocessing) : { model: job.source, unfolded: [] };
    const searched = await clock.time('search', () =>
      searchPlan(job, trainable.model, space, latencies, preprocessing),
    );
    const tuned =
      data && preprocessing
        ? await clock.time('fine-tuning', () =>
            settings.epochs > 0
              ? fineTune(job, searched, preprocessing)
              : recalibrated(job, data, preprocessing, searched.model),
          )
        : searched.model;
    const result = tuned.clone();
    if (trainable.unfolded.length > 0) foldBatchNorm(result);
    const candidate = run.file('candidate.onnx');
    writeModel(result, candidate);
    const gates = await clock.time('gates', () =>
      run.stage('gates', () => tryGates(job, candidate, tuned, preprocessing, baseline?.value)),
    );
    const report = await reportOf(job, {
      baseline,
      latencies,
      space: space.space,
      searched,
      gates,
      result,
      budget: describeBudget(job, budget),
      limit: budget.limit,
      clock,
    });
    return deliver(job, report, candidate);
  } finally {
    job.data?.dataset.close();
  }
}

async function baselineOf(job: CompressionJob): Promise<Baseline> {
  const { run, settings, data, context } = job;
  if (!data) throw new Error('A baseline needs data.');
  return run.stage('baseline', () =>
    evaluateBaseline(
      settings.model,
      data,
      data.dataset.validation,
      settings.preprocessing,
      { threads: settings.trainThreads },
      context,
    ),
  );
}

async function fineTune(job: CompressionJob, { model }: Searched, preprocessing: Preprocessing): Promise<Model> {
  const { run, context, settings, data } = job;
  if (!data) throw new Error('Fine-tuning needs data.');
  return train(
    model,
    {
      run,
      context,
      data,
      train: data.dataset.train,
      preprocessing,
      schedule: { kind: 'cosine', rate: settings.rate ?? tuningRate[data.task.kind] },
      epochs: settings.epochs,
      batch: settings.batch,
      threads: settings.trainThreads,
      // Another order of samples than in the search.
      seed: settings.seed + 1,
      augmentation: augmentationFor(data),
      stage: 'fine-tuning',
    },
    'tuned.onnx',
  );
}

interface Parts {
  readonly baseline: Baseline | undefined;
  readonly latencies: Latencies;
  readonly space: Space;
  readonly searched: Searched;
  readonly gates: GatesResult;
  readonly result: Model;
  readonly budget: string;
  readonly limit: number;
  readonly clock: StageClock;
}

async function reportOf(job: CompressionJob, parts: Parts): Promise<Report> {
  const { settings, source, layers, inputDims, run } = job;
  const { baseline, latencies, gates, result, searched } = parts;
  const accepted = gates.passed;
  const after = await modelLayers(result, inputDims);
  const bytesOf = (path: string): number => statSync(path).size;
  const before: ModelFigures = {
    ...modelTotals(source, layers),
    bytes: bytesOf(settings.model),
    latencyMs: gates.before.median,
    latency: gates.before,
    metric: baseline?.value,
  };
  const reached: ModelFigures = {
    ...modelTotals(result, after.layers),
    bytes: bytesOf(run.file('candidate.onnx')),
    latencyMs: gates.after.median,
    latency: gates.after,
    metric: gates.metric?.value,
  };
  // The budget was set on the source's time as the table has it, without the cost of a call: the ratio carries over.
  const inTableMs = latencies.whole.medianMs / gates.speedup.median;
  const notes = [
    ...(gates.comparison.noisy
      ? ['The machine was noisy while comparing: the sessions disagree by more than wanted.']
      : []),
    ...(settings.budget.resource === 'latency' && inTableMs > parts.limit * budgetTolerance
      ? [
          `At the measured speed-up the model takes ${inTableMs.toFixed(3)} ms where its source takes ${latencies.whole.medianMs.toFixed(3)}: above the budget of ${parts.limit.toFixed(3)} ms.`,
        ]
      : []),
  ];
  const failed = gates.gates.find(({ passed }) => !passed);
  return {
    version: 1,
    verdict: accepted ? 'accepted' : 'fell-back',
    why: accepted
      ? `The compressed model is ${gates.speedup.median.toFixed(2)}x as fast as its source and passed every gate.`
      : `The source model is handed over unchanged: the gate "${failed?.name}" failed. ${failed?.detail ?? ''}`,
    model: { source: settings.model, result: run.file('model.onnx') },
    budget: { resource: settings.budget.resource, limit: parts.limit, text: parts.budget },
    search: searched.plan.search,
    seed: settings.seed,
    metricName: baseline?.metric,
    metricSamples: baseline?.samples,
    data: settings.data,
    device: settings.device,
    inputDims,
    environment: latencies.whole.environment,
    before,
    after: accepted ? reached : before,
    ...(!accepted && { candidate: reached }),
    speedup: gates.speedup,
    gates: gates.gates,
    layers: layerFigures(job, latencies, parts.space, searched.plan, accepted),
    tableCheck: {
      sumMs: latencies.calibration.sumMs,
      wholeMs: latencies.whole.medianMs,
      ratio: latencies.calibration.ratio,
    },
    notes,
    secondsByStage: parts.clock.seconds(),
  };
}

/** The measured time of the whole may be above the table's sum by the noise of a measurement. */
const budgetTolerance = 1.03;

function deliver({ run, settings, source }: CompressionJob, report: Report, candidate: string): CompressionResult {
  const model = run.file('model.onnx');
  // Read and written, not copied: a source with external data needs its weights, and a path never holds half a model.
  writeModel(report.verdict === 'accepted' ? readModel(candidate) : source, model);
  if (settings.out) writeModel(readModel(model), settings.out);
  writeFileAtomic(run.file('report.md'), renderReport(report));
  // The report says that the run is finished, so it comes last.
  run.write('report.json', report);
  run.event('finished', { verdict: report.verdict, speedup: report.speedup });
  const { verdict, why, before, after, speedup, metricName } = report;
  return {
    verdict,
    why,
    before,
    after,
    speedup,
    metricName,
    plan: run.file('plan.json'),
    model: settings.out ?? model,
    report: run.file('report.json'),
    run: run.path,
  };
}

/** Wall-clock time of the stages, over all starts of the run. */
class StageClock {
  private readonly file = 'times.json';
  private readonly spent: Record<string, number>;

  constructor(private readonly run: RunFolder) {
    this.spent = { ...run.read<Record<string, number>>(this.file) };
  }

  async time<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    try {
      return await work();
    } finally {
      this.spent[stage] = (this.spent[stage] ?? 0) + (performance.now() - started) / 1000;
      this.run.write(this.file, this.spent);
    }
  }

  seconds(): Readonly<Record<string, number>> {
    return this.spent;
  }
}
