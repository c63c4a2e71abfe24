import type { FactorTensors } from '../methods/shared/method';
import type { Model } from '../onnx/model';
import { float32, type Tensor } from '../tensor/tensor';
import type { Snapshot } from '../training/snapshot';
import type { StepMetrics, TrainingSession } from '../training/trainer';
import { budgetProblem, cheapest, holds, totalCost, within, type Budget, type BudgetProblem } from './budget';
import { ascend, startPrices, type DualSettings } from './dualAscent';
import { featureWeightAt } from './featureValues';
import { gumbelNoise, softmax, surprise, temperatureAt } from './gumbel';
import { halocSettings, type HalocSettings } from './halocSettings';
import { halocStart, type HalocStart } from './halocStart';
import { inherit } from './inherit';
import { totalError } from './knapsack';
import { measureLossRises, type SearchTask } from './lossRise';
import { calibratedLimit, chooseMeasured, type MeasuredCost } from './measuredBudget';
import { solveWithin } from './multipleBudgets';
import { measurePresentRises } from './presentRises';
import type { Phase, SearchListener } from './progress';
import { useSlack } from './repair';
import { energyErrors, type SearchResult } from './separableSearch';
import { searchMetric } from './searchObjective';
import { createSearchSession, steeringInputs } from './searchSession';
import type { SearchSpace } from './sites';
import { keepIndex, type Picks } from './space';
import { makeSupernet, supernetValue, type Supernet } from './supernet';

/** Training data of a search, a step at a time. */
export interface SearchData {
  readonly stepsPerEpoch: number;
  /**
   * Step inputs by name (see `stepInput`) of one epoch from step `skip` on: for the same epoch always the same. Arrays may
   * be used again from one step to the next.
   */
  epoch(epoch: number, skip: number): Iterable<Readonly<Record<string, Tensor>>>;
}

/** The whole state of a search between two steps: continuing from it gives the same bits as never having stopped. */
export interface HalocState {
  readonly start: HalocStart;
  readonly snapshot: Snapshot;
  readonly prices: readonly number[];
}

export interface HalocOptions {
  readonly data: SearchData;
  readonly budgets: readonly Budget[];
  readonly seed: number;
  readonly settings?: Partial<HalocSettings>;
  /** Batches on which the rise of the loss is measured; needed unless the settings ask for energy errors or `errors` is given. */
  readonly calibration?: readonly Readonly<Record<string, Tensor>>[];
  /** Separable errors in units of the loss, where they have been measured before. */
  readonly errors?: readonly (readonly number[])[];
  /** Measures what the first budget limits, so that the plan holds in truth; the costs of the space alone decide without it. */
  readonly measured?: MeasuredCost;
  readonly threads?: number;
  /** Ends the search at the next step; its result is then the best plan so far. */
  readonly signal?: AbortSignal;
  readonly listen?: SearchListener;
  /** Called before the first step and then every so many steps. */
  readonly checkpoint?: { readonly everySteps: number; readonly save: (state: HalocState) => void | Promise<void> };
  readonly resume?: HalocState;
}

export interface HalocResult extends SearchResult {
  /** Selection probabilities of each site at the end. */
  readonly probabilities: readonly (readonly number[])[];
  /** Trained factors by layer name, up to the largest rank on offer: what the chosen ranks truncate. */
  readonly factors: ReadonlyMap<string, FactorTensors>;
  /** The compressed model, with the weights that the search trained; its running statistics are those of the sampled choices. */
  readonly model: Model;
  /** Steps taken; fewer than planned when the search was stopped. */
  readonly steps: number;
}

/** Copying all weights out of the training to look at the logits is not worth doing at every step. */
const stepsPerReport = 20;

/**
 * The differentiable search (HALOC; docs/haloc.md): selection logits and weights are trained in turn on the
 * supernet, the budget is held in expectation, and the plan is the exact knapsack on -log p with the slack used.
 * Throws an InfeasibleBudgetError when a budget can't be met, and what training throws.
 */
export async function searchHaloc(task: SearchTask, search: SearchSpace, options: HalocOptions): Promise<HalocResult> {
  const settings = halocSettings(options.settings);
  const problems = options.budgets.map((budget) => budgetProblem(search.space, budget));
  const start = options.resume?.start ?? (await startOf(task, search, problems, settings, options));
  const aimed = [within(problems[0], start.limit), ...problems.slice(1)];
  const kept = search.space.sites.map(keepIndex);
  const isUntouched = search.space.sites.every(({ choices }, i) => choices[kept[i]].choice.kind === 'keep');
  if (isUntouched && holds(aimed, kept)) return untouched(task, search, start, kept);
  const loop = new HalocLoop(task, search, aimed, settings, start, options);
  return loop.run();
}

async function startOf(
  task: SearchTask,
  search: SearchSpace,
  problems: readonly BudgetProblem[],
  settings: HalocSettings,
  options: HalocOptions,
): Promise<HalocStart> {
  const { errors, inLossUnits } = await startErrors(task, search, settings, options);
  const { measured, signal } = options;
  const aimed = measured && !signal?.aborted ? await calibrated(problems, errors, measured) : problems;
  return halocStart(errors, aimed, settings, inLossUnits);
}

/** The problems with the first limit such that the knapsack's plan holds in truth. */
async function calibrated(
  [primary, ...others]: readonly BudgetProblem[],
  errors: readonly (readonly number[])[],
  measured: MeasuredCost,
): Promise<readonly BudgetProblem[]> {
  const choose = (limit: number): Picks => solveWithin(errors, [within(primary, limit), ...others]).picks;
  const cost = (picks: Picks): number => totalCost(primary, picks);
  const limit = await calibratedLimit({ choose, cost }, primary.limit, measured);
  // When no plan holds in truth, the search still finds the one that comes nearest.
  return [within(primary, Math.max(limit, cost(cheapest(primary)))), ...others];
}

async function startErrors(
  task: SearchTask,
  { space, sites }: SearchSpace,
  settings: HalocSettings,
  { calibration, errors, threads, signal, listen }: HalocOptions,
): Promise<{ errors: readonly (readonly number[])[]; inLossUnits: boolean }> {
  if (errors) return { errors, inLossUnits: true };
  const energy = { errors: energyErrors(space), inLossUnits: false };
  if (settings.errors === 'energy' || !calibration?.length) return energy;
  try {
    const rises = await measureLossRises(task, space, sites, { batches: calibration, threads, signal, listen });
    return { errors: rises.errors, inLossUnits: true };
  } catch (error) {
    // Stopped before anything was measured: what is known for free still makes a plan.
    if (signal?.aborted) return energy;
    throw error;
  }
}

/** The result when the untouched model is within every budget. */
function untouched(task: SearchTask, { space }: SearchSpace, start: HalocStart, kept: number[]): HalocResult {
  return {
    picks: kept,
    diagnostics: { error: totalError(start.errors, kept), lowerBound: start.lowerBound, knapsack: start.knapsack },
    probabilities: space.sites.map(({ choices }, i) => choices.map((_, a) => (a === kept[i] ? 1 : 0))),
    factors: new Map(),
    model: task.model.clone(),
    steps: 0,
  };
}

class HalocLoop {
  private readonly supernet: Supernet;
  private readonly dual: DualSettings;
  private readonly choices: readonly number[];
  private readonly totalSteps: number;
  private prices: readonly number[];

  constructor(
    private readonly task: SearchTask,
    private readonly search: SearchSpace,
    private readonly problems: readonly BudgetProblem[],
    private readonly settings: HalocSettings,
    private readonly start: HalocStart,
    private readonly options: HalocOptions,
  ) {
    const { space, sites } = search;
    this.supernet = makeSupernet(task.model, space, sites, {
      kind: 'gumbel',
      logits: start.logits,
      hard: settings.hard,
    });
    this.choices = space.sites.map((site) => site.choices.length);
    this.totalSteps = settings.epochs * options.data.stepsPerEpoch;
    this.dual = { unit: start.priceUnit, start: settings.dualStart, rate: settings.dualRate };
    this.prices = options.resume?.prices ?? startPrices(this.dual, problems.length);
  }

  async run(): Promise<HalocResult> {
    const { options } = this;
    const { task, supernet, problems, settings } = this;
    const session = await createSearchSession(task, supernet, problems, settings, {
      threads: options.threads,
      seed: options.seed,
    });
    try {
      if (options.resume) session.restore(options.resume.snapshot);
      // Measuring the errors may have taken longest of all: it is not lost from here on.
      else await this.save(session);
      await this.train(session);
      return await this.result(session);
    } finally {
      await session.dispose();
    }
  }

  private async train(session: TrainingSession): Promise<void> {
    const { data, signal, checkpoint } = this.options;
    while (session.stepsDone < this.totalSteps && !signal?.aborted) {
      const epoch = Math.floor(session.stepsDone / data.stepsPerEpoch);
      for (const batch of data.epoch(epoch, session.stepsDone % data.stepsPerEpoch)) {
        if (signal?.aborted || !(await this.beginRound(session))) return;
        await this.step(session, epoch, batch);
        if (checkpoint && session.stepsDone % checkpoint.everySteps === 0) await this.save(session);
      }
    }
  }

  /**
   * Starts the logits anew, where a round begins, from rises of the loss measured on the network as it is trained by now.
   * Tells whether it came to its end; if not, a resumed search begins with it.
   */
  private async beginRound(session: TrainingSession): Promise<boolean> {
    const { settings, search, problems, totalSteps, options } = this;
    const { calibration, signal, listen } = options;
    const length = Math.ceil(totalSteps / (settings.rounds + 1));
    const begins = session.stepsDone > 0 && session.stepsDone % length === 0;
    if (!begins || !calibration?.length) return true;
    const batches = calibration.slice(0, settings.roundBatches);
    const { space } = search;
    const rises = await measurePresentRises(session, space, this.choose(session, problems), settings, {
      batches,
      budgets: problems.length,
      signal,
      listen,
    });
    if (!rises) return false;
    const { logits } = halocStart(rises, problems, settings, true);
    const snapshot = session.snapshot();
    const tensors = new Map(snapshot.tensors);
    for (const [i, site] of logits.entries()) {
      tensors.set(`weight/${supernetValue.logits(i)}`, float32([site.length], site));
    }
    session.restore({ ...snapshot, tensors });
    return true;
  }

  /** The exact knapsack on -log p, the slack used. */
  private choose(session: TrainingSession, within: readonly BudgetProblem[]): Picks {
    const { space } = this.search;
    const weights = session.weights();
    const surprises = space.sites.map((_, i) => surprise(logitsOf(weights, i)));
    return useSlack(solveWithin(surprises, within).picks, energyErrors(space), within);
  }

  private async save(session: TrainingSession): Promise<void> {
    await this.options.checkpoint?.save({ start: this.start, snapshot: session.snapshot(), prices: this.prices });
  }

  private async step(session: TrainingSession, epoch: number, batch: Readonly<Record<string, Tensor>>): Promise<void> {
    const { settings, totalSteps } = this;
    const done = session.stepsDone;
    const phase = this.phaseOf(done);
    const progress = done / totalSteps;
    const temperature = temperatureAt(settings.temperature, progress);
    const metrics = await session.step({
      tensors: { ...batch, ...this.steering(done, epoch, temperature) },
      rates: {
        weights: settings.weightRate * 0.5 * (1 + Math.cos(Math.PI * progress)),
        logits: settings.logitRate,
      },
      idle: [phase === 'weights' ? 'logits' : 'weights'],
    });
    const expected = this.problems.map((_, j) => metrics[searchMetric.expected(j)]);
    if (phase === 'logits') this.prices = ascend(this.prices, expected, this.dual);
    this.report(session, epoch, phase, temperature, expected, metrics);
  }

  private phaseOf(step: number): Phase {
    const { weightSteps, logitSteps } = this.settings;
    return step % (weightSteps + logitSteps) < weightSteps ? 'weights' : 'logits';
  }

  /** The step inputs besides the data. */
  private steering(step: number, epoch: number, temperature: number): Record<string, Tensor> {
    const { settings, options, choices, prices } = this;
    const between = ([from, to]: readonly [number, number]): number => from + ((to - from) * step) / this.totalSteps;
    return steeringInputs(settings, {
      temperature,
      noise: gumbelNoise(options.seed, step, choices, between(settings.exploration)),
      prices,
      damping: settings.dualDamping * this.dual.unit,
      hardness: between(settings.hardness),
      featureWeight: featureWeightAt(settings.featureWeight, epoch, settings.epochs),
    });
  }

  private report(
    session: TrainingSession,
    epoch: number,
    phase: Phase,
    temperature: number,
    expected: readonly number[],
    metrics: StepMetrics,
  ): void {
    const { listen } = this.options;
    if (!listen) return;
    const step = session.stepsDone;
    listen({
      kind: 'step',
      epoch,
      step,
      steps: this.totalSteps,
      phase,
      loss: metrics[searchMetric.task],
      temperature,
      budgets: this.problems.map(({ resource }, j) => ({
        resource,
        expected: expected[j],
        multiplier: this.prices[j],
      })),
    });
    if (step % stepsPerReport !== 0 && step !== this.totalSteps) return;
    const weights = session.weights();
    const sites = this.search.space.sites.map(({ site }, i) => ({
      site,
      probabilities: softmax(logitsOf(weights, i)),
    }));
    listen({ kind: 'probabilities', epoch, step, sites });
  }

  private async result(session: TrainingSession): Promise<HalocResult> {
    const { search, problems, start, supernet, options } = this;
    const weights = session.weights();
    const logits = search.space.sites.map((_, i) => logitsOf(weights, i));
    const [primary, ...others] = problems;
    const { measured } = options;
    const table = {
      choose: (limit: number): Picks => this.choose(session, [within(primary, limit), ...others]),
      cost: (tried: Picks): number => totalCost(primary, tried),
    };
    const { picks } = measured
      ? await chooseMeasured(table, options.budgets[0].limit, measured, primary.limit)
      : { picks: this.choose(session, problems) };
    return {
      picks,
      diagnostics: {
        error: totalError(start.errors, picks),
        lowerBound: start.lowerBound,
        knapsack: start.knapsack,
      },
      probabilities: logits.map(softmax),
      ...(await inherit(this.task.model, search, supernet, weights, picks)),
      steps: session.stepsDone,
    };
  }
}

function logitsOf(weights: ReadonlyMap<string, Tensor<Float32Array>>, site: number): Float32Array {
  return weights.get(supernetValue.logits(site))!.data;
}
