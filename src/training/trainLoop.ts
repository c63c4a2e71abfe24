import { batchCount, indexBatches } from '../data/batches';
import { sampleSize, type Split } from '../data/dataset';
import type { Tensor } from '../tensor/tensor';
import { augment, mixup, type Augmentation } from './augmentation';
import { TrainingError } from './errors';
import type { Evaluation } from './evaluate';
import type { LoopPosition, LoopState, LoopTotals } from './loopState';
import { stepInput } from './objective';
import { correctMetric } from './objectives/crossEntropy';
import { Progress, type TrainingEvent } from './progress';
import { learningRate, type Schedule } from './schedule';
import type { StepFeeds, StepMetrics, TrainingSession } from './trainer';

export interface TrainLoopSettings {
  readonly epochs: number;
  /** Decides the order of the samples and their augmentation. */
  readonly seed: number;
  /** Learning rate of each parameter group. */
  readonly schedules: Readonly<Record<string, Schedule>>;
  readonly augmentation?: Augmentation;
  /** Stop when the evaluation has not improved for this many epochs, and end with the best weights. */
  readonly patience?: number;
  /** Call `onCheckpoint` after this many steps within an epoch, besides the end of each epoch. */
  readonly checkpointSteps?: number;
}

export interface TrainLoopOptions {
  /** A session whose step takes raw samples (`TrainingSpec.data`). */
  readonly session: TrainingSession;
  readonly train: Split;
  readonly settings: TrainLoopSettings;
  /** Judges the present weights after each epoch; higher is better. */
  readonly evaluate?: () => Promise<Evaluation>;
  /** Where to go on, from `onCheckpoint` (through `restoreLoop`, which also restores the session). */
  readonly from?: LoopState;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainingEvent) => void;
  /** The state at the end of every epoch and every `checkpointSteps` steps; see `loopCheckpoint`. */
  readonly onCheckpoint?: (state: LoopState) => void | Promise<void>;
  /** Further step inputs and idle groups for a step. */
  readonly steer?: (position: LoopPosition) => Pick<StepFeeds, 'idle'> & { readonly tensors?: StepFeeds['tensors'] };
}

export interface TrainLoopResult {
  readonly outcome: 'finished' | 'stopped-early' | 'aborted';
  readonly state: LoopState;
}

/**
 * Trains for some epochs. Everything that happens depends on the settings, the seed and the position alone: a training
 * taken up again at any checkpoint ends in the same bits as an undisturbed one.
 * Throws a DivergedError when the loss becomes infinite, and a TrainingError when data and step do not fit together.
 */
export async function trainLoop(options: TrainLoopOptions): Promise<TrainLoopResult> {
  return new Loop(options).run();
}

class Loop {
  private readonly source: BatchSource;
  private readonly stepsPerEpoch: number;
  private readonly progress: Progress;
  private state: LoopState;

  constructor(private readonly options: TrainLoopOptions) {
    const { session, train, settings, from, onEvent } = options;
    this.source = new BatchSource(session, train, settings);
    this.stepsPerEpoch = batchCount(train.length, { size: this.source.batch, dropLast: true });
    if (this.stepsPerEpoch === 0) {
      throw new TrainingError(
        `The split has ${train.length} samples, fewer than one batch of ${this.source.batch}.`,
        'Choose a smaller batch or more data.',
      );
    }
    this.state = from ?? { epoch: 0, step: 0, totals: emptyTotals, epochsSinceBest: 0 };
    this.progress = new Progress(settings.epochs, this.stepsPerEpoch, this.source.batch, onEvent);
  }

  async run(): Promise<TrainLoopResult> {
    const { settings, signal } = this.options;
    while (this.state.epoch < settings.epochs) {
      if (this.isOver()) return this.end('stopped-early');
      const whole = await this.runEpoch();
      if (!whole || signal?.aborted) return { outcome: 'aborted', state: this.state };
    }
    return this.end(this.isOver() ? 'stopped-early' : 'finished');
  }

  private isOver(): boolean {
    const { patience } = this.options.settings;
    return patience !== undefined && this.state.epochsSinceBest >= patience;
  }

  /** The best weights count when the training watches for them. */
  private end(outcome: TrainLoopResult['outcome']): TrainLoopResult {
    const { best } = this.state;
    if (best) this.options.session.restore(best.snapshot);
    return { outcome, state: this.state };
  }

  /** Takes the rest of the present epoch; tells whether it came to its end. */
  private async runEpoch(): Promise<boolean> {
    const { session, train, settings, signal, onCheckpoint } = this.options;
    const { epoch } = this.state;
    const order = indexBatches(train.length, {
      size: this.source.batch,
      dropLast: true,
      seed: settings.seed,
      epoch,
      skip: this.state.step,
    });
    const every = settings.checkpointSteps ?? Infinity;
    while (this.state.step < this.stepsPerEpoch) {
      const untilCheckpoint = every === Infinity ? Infinity : every - (this.state.step % every);
      const count = Math.min(session.stepsPerRun, this.stepsPerEpoch - this.state.step, untilCheckpoint);
      const feeds = Array.from({ length: count }, (_, i) => this.feeds(order.next().value as Uint32Array, i));
      const metrics = await session.steps(feeds, signal);
      this.state = {
        ...this.state,
        step: this.state.step + metrics.length,
        totals: metrics.reduce(addTo, this.state.totals),
      };
      if (metrics.length > 0) this.progress.steps(this.state, metrics, feeds[metrics.length - 1].rates);
      if (metrics.length < count) return false;
      const atCheckpoint = this.state.step % every === 0 && this.state.step < this.stepsPerEpoch;
      if (atCheckpoint) await onCheckpoint?.(this.state);
    }
    return this.endEpoch();
  }

  private feeds(indices: Uint32Array, slot: number): StepFeeds {
    const { settings, steer } = this.options;
    const { epoch, step } = this.state;
    const at: LoopPosition = {
      epoch,
      step: step + slot,
      position: epoch + (step + slot) / this.stepsPerEpoch,
      stepsPerEpoch: this.stepsPerEpoch,
    };
    const rates: Record<string, number> = {};
    for (const [group, schedule] of Object.entries(settings.schedules)) {
      rates[group] = learningRate(schedule, at.position, settings.epochs);
    }
    const extra = steer?.(at);
    return { tensors: { ...this.source.read(indices, slot, epoch), ...extra?.tensors }, rates, idle: extra?.idle };
  }

  /** Tells whether the evaluation came to its end; if not, a resumed loop begins with it. */
  private async endEpoch(): Promise<boolean> {
    const { evaluate, settings, session, onCheckpoint, signal } = this.options;
    let evaluation: Evaluation | undefined;
    try {
      evaluation = await evaluate?.();
    } catch (error) {
      if (signal?.aborted) return false;
      throw error;
    }
    const { epoch, totals, best } = this.state;
    const improved = evaluation && evaluation.value > (best?.value ?? -Infinity) ? evaluation : undefined;
    const watches = settings.patience !== undefined;
    this.progress.epoch(this.state, evaluation);
    this.state = {
      epoch: epoch + 1,
      step: 0,
      totals: emptyTotals,
      epochsSinceBest: improved || evaluation === undefined ? 0 : this.state.epochsSinceBest + 1,
      best: improved && watches ? { epoch, value: improved.value, snapshot: session.snapshot() } : best,
      last: { loss: totals.loss / totals.steps, evaluation },
    };
    await onCheckpoint?.(this.state);
    return true;
  }
}

const emptyTotals: LoopTotals = { loss: 0, correct: 0, steps: 0 };

function addTo(totals: LoopTotals, metrics: StepMetrics): LoopTotals {
  return {
    loss: totals.loss + metrics.loss,
    correct: totals.correct + (metrics[correctMetric] ?? 0),
    steps: totals.steps + 1,
  };
}

/** Reads and augments the batches of a step; one set of arrays for each step that goes into the same run. */
class BatchSource {
  readonly batch: number;
  private readonly slots: { x: Uint8Array | Float32Array; labels: Int32Array }[] = [];
  private readonly wants: ReadonlySet<string>;
  private readonly dims: readonly number[];

  constructor(
    session: TrainingSession,
    private readonly split: Split,
    private readonly settings: TrainLoopSettings,
  ) {
    const input = session.graph.inputs.find(({ name }) => name === stepInput.samples);
    const { dims, type } = split.sample;
    if (!input || input.dims.slice(1).join() !== dims.join() || input.type !== type) {
      throw new TrainingError(
        `The training was not made for samples of ${dims.join('x')} ${type}.`,
        'Name the data set and its preprocessing when the training is set up.',
      );
    }
    this.dims = input.dims;
    this.batch = input.dims[0];
    this.wants = new Set(session.graph.inputs.map(({ name }) => name));
    if (this.wants.has(stepInput.labels) && split.classes === undefined) {
      throw new TrainingError('The objective needs labels and the data set has none.', 'Choose another objective.');
    }
    if ((settings.augmentation?.mixup ?? 0) > 0 && !this.wants.has(stepInput.mixedLabels)) {
      throw new TrainingError('The objective takes no mixed labels.', "Use the cross-entropy with targets 'mixed'.");
    }
  }

  read(indices: Uint32Array, slot: number, epoch: number): Record<string, Tensor> {
    const { split, settings, batch } = this;
    const { sample } = split;
    const make = sample.type === 'uint8' ? Uint8Array : Float32Array;
    this.slots[slot] ??= { x: new make(batch * sampleSize(sample)), labels: new Int32Array(batch) };
    const { x, labels } = this.slots[slot];
    split.read(indices, x, split.classes === undefined ? undefined : labels);
    const { augmentation = {}, seed } = settings;
    const samples = { sample, x, indices };
    augment(samples, augmentation, seed, epoch);
    const tensors: Record<string, Tensor> = { [stepInput.samples]: { type: sample.type, dims: this.dims, data: x } };
    if (this.wants.has(stepInput.labels)) tensors[stepInput.labels] = { type: 'int32', dims: [batch], data: labels };
    if (this.wants.has(stepInput.mixedLabels)) {
      const alpha = augmentation.mixup ?? 0;
      const { mixedLabels, shares } =
        alpha > 0
          ? mixup(samples, labels, alpha, seed, epoch)
          : { mixedLabels: labels, shares: new Float32Array(batch).fill(1) };
      tensors[stepInput.mixedLabels] = { type: 'int32', dims: [batch], data: mixedLabels };
      tensors[stepInput.shares] = { type: 'float32', dims: [batch], data: shares };
    }
    return tensors;
  }
}
