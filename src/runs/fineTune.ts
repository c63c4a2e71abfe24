import type { Split } from '../data/dataset';
import type { Preprocessing } from '../data/preprocessing';
import type { Model } from '../onnx/model';
import { readModel } from '../onnx/read';
import { writeModel } from '../onnx/write';
import { trainableWeights } from '../search/trainableWeights';
import type { Augmentation } from '../training/augmentation';
import { loadCheckpoint, saveCheckpoint } from '../training/checkpoint';
import { evaluate } from '../training/evaluate';
import { loopCheckpoint, restoreLoop } from '../training/loopState';
import type { TrainingEvent } from '../training/progress';
import type { Schedule } from '../training/schedule';
import type { Snapshot } from '../training/snapshot';
import { trainLoop } from '../training/trainLoop';
import { TrainingSession } from '../training/trainer';
import { dataInputOf, objectiveOf } from './compressionJob';
import { CancelledError } from './errors';
import { untilKeepBest, type RunContext } from './progress';
import type { RunFolder } from './runFolder';
import type { TaskData } from './taskData';

/** Usual for small image networks (He et al. 2016). */
const momentum = 0.9;
const weightDecay = 1e-4;

/** Optimisers by task: the scale of other losses than a classifier's does not suit a fixed rate of SGD. */
export const weightOptimizer = { classification: 'sgd', enlarging: 'adamW' } as const;

/** Learning rates that suit the optimiser of each task, for a network that is trained already. */
export const tuningRate = { classification: 0.01, enlarging: 5e-4 } as const;

/** Steps between checkpoints within an epoch: a killed run repeats some ten seconds at most. */
const stepsPerCheckpoint = 50;

export interface TrainJob {
  readonly run: RunFolder;
  readonly context: RunContext;
  readonly data: TaskData;
  readonly train: Split;
  readonly preprocessing: Preprocessing;
  readonly schedule: Schedule;
  readonly epochs: number;
  readonly batch: number;
  readonly threads: number;
  readonly seed: number;
  readonly augmentation: Augmentation;
  /** What to call the work. */
  readonly stage: string;
  readonly weightDecay?: number;
}

/**
 * Trains a model's weights, classifiers by SGD with Nesterov momentum and others by AdamW (the scale of their loss
 * does not suit a fixed rate of SGD), and checkpoints as it goes; `file` in the run's folder holds the
 * result. A training that was killed goes on from its last checkpoint and ends in the same bits.
 */
export async function train(start: Model, job: TrainJob, file: string): Promise<Model> {
  const { run, context, data, preprocessing, epochs, batch, threads, seed, schedule, augmentation } = job;
  if (run.has(file)) return readModel(run.file(file));
  run.event('stage', { name: job.stage });
  const session = await TrainingSession.create(
    {
      model: start,
      batch,
      seed,
      data: dataInputOf(data, preprocessing),
      objective: objectiveOf(data),
      groups: [
        {
          name: 'weights',
          parameters: trainableWeights(start),
          optimizer:
            weightOptimizer[data.task.kind] === 'sgd'
              ? { kind: 'sgd', momentum, nesterov: true, weightDecay: job.weightDecay ?? weightDecay }
              : { kind: 'adamW' },
        },
      ],
    },
    { threads },
  );
  try {
    const folder = run.file(`${file}.checkpoints`);
    const saved = loadCheckpoint(folder);
    const best = new BestEpoch(session);
    const result = await untilKeepBest(context, (signal) =>
      trainLoop({
        session,
        train: job.train,
        settings: { epochs, seed, schedules: { weights: schedule }, augmentation, checkpointSteps: stepsPerCheckpoint },
        evaluate: () =>
          evaluate(session.exportWeights(start), data.dataset.validation, preprocessing, data.task, {
            threads,
            signal,
          }),
        from: saved && restoreLoop(session, saved),
        signal,
        onEvent: (event) => {
          if (event.kind === 'epoch') best.consider(event);
          report(event, job);
        },
        onCheckpoint: (state) => void saveCheckpoint(folder, loopCheckpoint(session, state)),
      }),
    );
    if (context.signal.aborted) throw new CancelledError();
    if (result.outcome === 'aborted') best.restore();
    const trained = session.exportWeights(start);
    writeModel(trained, run.file(file));
    return trained;
  } finally {
    await session.dispose();
  }
}

/** The weights of the best epoch of this start of the training, for when it is ended early. */
class BestEpoch {
  private best: { readonly value: number; readonly snapshot: Snapshot } | undefined;

  constructor(private readonly session: TrainingSession) {}

  consider({ evaluation }: Extract<TrainingEvent, { kind: 'epoch' }>): void {
    if (!evaluation || evaluation.value <= (this.best?.value ?? -Infinity)) return;
    this.best = { value: evaluation.value, snapshot: this.session.snapshot() };
  }

  /** Goes back to them; the present weights stay when no epoch came to its end. */
  restore(): void {
    if (this.best) this.session.restore(this.best.snapshot);
  }
}

function report(event: TrainingEvent, { context, run, stage }: TrainJob): void {
  if (event.kind === 'step') {
    const { epoch, step, stepsPerEpoch, epochs, loss, accuracy, samplesPerSecond, etaMs } = event;
    context.progress({
      stage,
      fraction: (epoch + step / stepsPerEpoch) / epochs,
      message:
        `epoch ${epoch + 1} of ${epochs}, loss ${loss.toFixed(3)}` +
        (accuracy === undefined ? '' : `, ${accuracy.toFixed(1)} %`) +
        `, ${Math.round(samplesPerSecond)} samples/s`,
      etaMs,
    });
    return;
  }
  const { epoch, loss, accuracy, evaluation } = event;
  run.event('epoch', { stage, epoch, loss, accuracy, evaluation });
}
