import { basename } from 'node:path';
import { deviceKey } from '../hardware/device';
import { sampleOf } from '../data/sampleOf';
import { readModel } from '../onnx/read';
import { writeModel } from '../onnx/write';
import type { Model } from '../onnx/model';
import type { Preprocessing } from '../data/preprocessing';
import type { Probabilities, SearchState } from '../protocol/runs';
import { formatAmount, parseBudget, resolveBudget, type Budget } from '../search/budget';
import { measureLossRises, type LossRises, type SearchTask } from '../search/lossRise';
import { readPlan, writePlan, type Plan } from '../search/plan';
import type { SearchEvent } from '../search/progress';
import { search, type SearchOutcome } from '../search/search';
import type { SearchSpace } from '../search/sites';
import { calibrationBatches, splitData } from '../search/splitData';
import { loadCheckpoint, saveCheckpoint } from '../training/checkpoint';
import { applyPlan } from './applyPlan';
import { augmentationFor } from './augmentationFor';
import { dataInputOf, objectiveOf, type CompressionJob } from './compressionJob';
import { CancelledError } from './errors';
import { tuningRate, weightOptimizer } from './fineTune';
import { halocCheckpoint, restoreHaloc } from './halocCheckpoint';
import { stageTimer, untilKeepBest, type RunContext } from './progress';
import type { CompressSettings } from './settings';
import type { Latencies } from './spaceStage';
import { structureLatency } from './structureLatency';

const planFile = 'plan.json';
const searchedFile = 'searched.onnx';
const checkpoints = 'search';

/** Samples on which the rise of the loss is measured: differences between cuts show on some hundreds already. */
const mostCalibrationSamples = 512;

/** Measuring the rises takes MACs up to about this, a few minutes; heavy models are measured on fewer samples. */
const calibrationMacs = 4e12;

/** Steps of the search between checkpoints: some ten seconds of work at most. */
const stepsPerCheckpoint = 25;

export interface Searched {
  readonly plan: Plan;
  /** The compressed model in the form in which it is trained on. */
  readonly model: Model;
}

/**
 * The run's plan and the model it makes: read when an earlier start of the run left them, searched otherwise. A search
 * that was killed goes on from its last checkpoint.
 * @param trainable the source model in the form in which it is trained
 * @param latencies what was measured, when anything was
 * @param rises of the loss, where they are known; otherwise they are measured
 */
export async function searchPlan(
  job: CompressionJob,
  trainable: Model,
  space: SearchSpace,
  latencies: Latencies | undefined,
  preprocessing: Preprocessing | undefined,
  rises?: LossRises,
): Promise<Searched> {
  const { run } = job;
  if (run.has(planFile)) {
    return { plan: readPlan(run.file(planFile)), model: readModel(run.file(searchedFile)) };
  }
  run.event('stage', { name: 'search' });
  const outcome = await runSearch(job, trainable, space, latencies, preprocessing, rises);
  // A cancelled HALOC search returns the best so far; the run is taken up again from its checkpoint instead.
  if (job.context.signal.aborted) throw new CancelledError();
  const model =
    'model' in outcome.result ? outcome.result.model : (await applyPlan(trainable, job.statuses, outcome.plan)).model;
  writeModel(model, run.file(searchedFile));
  // The plan says that the stage is done, so it comes last.
  writePlan(run.file(planFile), outcome.plan);
  return { plan: outcome.plan, model };
}

/** Whole batches, one at least; a cut is measured on the half of the model that lies behind it, on average. */
function calibrationSamples({ settings: { batch } }: CompressionJob, { space }: SearchSpace): number {
  const cuts = space.sites.reduce((sum, { choices }) => sum + choices.length, 0);
  const affordable = calibrationMacs / ((cuts * space.dense.macs) / 2);
  return Math.max(batch, Math.floor(Math.min(mostCalibrationSamples, affordable) / batch) * batch);
}

type Data = NonNullable<CompressionJob['data']>;

/** What the rises of the loss are measured on. */
function measurementOf(
  job: CompressionJob,
  data: Data,
  trainable: Model,
  space: SearchSpace,
  preprocessing: Preprocessing,
): { task: SearchTask; calibration: ReturnType<typeof calibrationBatches> } {
  const { batch, seed } = job.settings;
  // Drawn at random: the first samples of a folder of classes are all of one class.
  const samples = calibrationSamples(job, space);
  return {
    task: { model: trainable, objective: objectiveOf(data), batch, data: dataInputOf(data, preprocessing) },
    calibration: calibrationBatches(sampleOf(data.dataset.train, samples, seed), batch, samples),
  };
}

/** Whether a search with data starts from rises of the loss. */
export function usesRises({ search: kind, haloc }: Pick<CompressSettings, 'search' | 'haloc'>): boolean {
  return (kind === 'knapsack' || kind === 'greedy' || kind === 'haloc') && haloc?.errors !== 'energy';
}

/** The rises of the loss for every choice of the space, as a search without training needs them. */
export async function measureRises(
  job: CompressionJob,
  trainable: Model,
  space: SearchSpace,
  preprocessing: Preprocessing,
): Promise<LossRises> {
  const { settings, context, data } = job;
  if (!data) throw new Error('The rise of the loss needs data.');
  const { task, calibration } = measurementOf(job, data, trainable, space, preprocessing);
  const measuring = measuringTimer(context);
  return measureLossRises(task, space.space, space.sites, {
    batches: calibration,
    threads: settings.trainThreads,
    signal: context.signal,
    listen: (event) => event.kind === 'measured' && measuring(event),
  });
}

function measuringTimer(context: RunContext): (event: SearchEvent & { kind: 'measured' }) => void {
  const measuring = stageTimer(context, 'measuring errors');
  return ({ done, total, site }) => measuring(done / total, site);
}

/** The run's budget in absolute units. */
export function budgetOf({ settings }: CompressionJob, { space }: SearchSpace): Budget {
  return resolveBudget(parseBudget(settings.budget.resource, settings.budget.text), space.dense);
}

async function runSearch(
  job: CompressionJob,
  trainable: Model,
  space: SearchSpace,
  latencies: Latencies | undefined,
  preprocessing: Preprocessing | undefined,
  known: LossRises | undefined,
): Promise<SearchOutcome> {
  const { settings, context, data, run } = job;
  const common = {
    search: space,
    budgets: [budgetOf(job, space)],
    seed: settings.seed,
    ...(latencies && settings.budget.resource === 'latency' && { measured: structureLatency(job, space, latencies) }),
    header: {
      model: { name: basename(settings.model), sha256: settings.sha256 },
      ...(latencies && { device: deviceKey(settings.device, latencies.whole.environment) }),
    },
  };
  if (!data || !preprocessing) {
    // From the weights alone: the errors are separable, so the exact knapsack is the best there is.
    const kind = settings.search === 'haloc' ? 'knapsack' : settings.search;
    if (kind !== settings.search)
      context.note('Without --data there is nothing to train on: the exact knapsack on lost weight energy is used.');
    return search({ kind, ...common });
  }
  const { train } = data.dataset;
  const measuring = measuringTimer(context);
  const searching = stageTimer(context, 'searching');
  let latest: SearchState | undefined;
  const listen = (event: SearchEvent): void => {
    if (event.kind === 'measured') measuring(event);
    else if (event.kind === 'step') {
      const [{ resource, expected, multiplier }] = event.budgets;
      const { epoch, step, steps, temperature, loss } = event;
      const epochs = settings.searchEpochs;
      latest = { epoch, epochs, step, steps, temperature, loss, expected, multiplier };
      context.search?.(latest);
      searching(
        event.step / event.steps,
        `loss ${event.loss.toFixed(3)}, expected ${resource} ${expected.toFixed(2)} of budget`,
      );
    } else {
      if (latest) run.event('search', { state: latest });
      run.event('probabilities', { probabilities: withChoices(event, space) });
    }
  };
  if (settings.search !== 'haloc') {
    const rises = usesRises(settings)
      ? (known ?? (await measureRises(job, trainable, space, preprocessing)))
      : undefined;
    return search({ kind: settings.search, ...common, errors: rises?.errors });
  }
  const { task, calibration } = measurementOf(job, data, trainable, space, preprocessing);
  const saved = loadCheckpoint(run.file(checkpoints));
  return untilKeepBest(context, (ending) =>
    search({
      kind: 'haloc',
      ...common,
      task,
      haloc: {
        data: splitData(train, { batch: settings.batch, seed: settings.seed, augmentation: augmentationFor(data) }),
        settings: {
          weightOptimizer: weightOptimizer[data.task.kind],
          weightRate: settings.rate ?? tuningRate[data.task.kind],
          epochs: settings.searchEpochs,
          ...settings.haloc,
        },
        calibration,
        ...(usesRises(settings) && known && { errors: known.errors }),
        threads: settings.trainThreads,
        signal: ending,
        listen,
        checkpoint: {
          everySteps: stepsPerCheckpoint,
          save: (state) => void saveCheckpoint(run.file(checkpoints), halocCheckpoint(state)),
        },
        ...(saved && { resume: restoreHaloc(saved) }),
      },
    }),
  );
}

/** Selection probabilities, beside the choices that they are of. */
function withChoices(
  { epoch, step, sites }: Extract<SearchEvent, { kind: 'probabilities' }>,
  { space }: SearchSpace,
): Probabilities {
  const choicesOf = new Map(space.sites.map(({ site, choices }) => [site, choices]));
  return {
    epoch,
    step,
    sites: sites.map(({ site, probabilities }) => ({
      site,
      choices: (choicesOf.get(site) ?? []).map(({ choice }) => (choice.kind === 'keep' ? 'keep' : choice.rank)),
      probabilities,
    })),
  };
}

/** The budget as a sentence: `latency at most 0.4x of the source model (3.20 ms)`. */
export function describeBudget({ settings }: CompressionJob, { resource, limit }: Budget): string {
  const { text } = settings.budget;
  const relative = /x$|%$/.test(text.trim());
  return `${resource} at most ${relative ? `${text} of the source model, ${formatAmount(resource, limit)}` : formatAmount(resource, limit)}`;
}
