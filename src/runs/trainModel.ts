import { basename, resolve } from 'node:path';
import * as fs from 'node:fs';
import { z } from 'zod';
import { namedPreprocessing, preprocessingSchema } from '../data/preprocessing';
import type { Model } from '../onnx/model';
import { readModel } from '../onnx/read';
import { writeModel } from '../onnx/write';
import { evaluate, type Evaluation } from '../training/evaluate';
import { networks, type NetworkName } from '../training/networks/named';
import { augmentationFor } from './augmentationFor';
import { RunError } from './errors';
import { train } from './fineTune';
import { stageTimer, type RunContext } from './progress';
import type { RunFolder } from './runFolder';
import { openTaskData, type TaskData } from './taskData';

/** Everything that decides what a training does; kept as the run's `settings.json`. */
export const trainSettingsSchema = z.strictObject({
  version: z.literal(1),
  kind: z.literal('train'),
  /** A network defined here by name, or the absolute path of a model. */
  model: z.string(),
  out: z.string(),
  data: z.string(),
  preprocessing: preprocessingSchema.optional(),
  epochs: z.int().positive(),
  batch: z.int().positive(),
  rate: z.number().positive(),
  weightDecay: z.number().nonnegative(),
  warmUpEpochs: z.number().nonnegative(),
  threads: z.int().positive(),
  seed: z.int().nonnegative(),
});

export type TrainSettings = z.infer<typeof trainSettingsSchema>;

export interface TrainResult extends Evaluation {
  readonly model: string;
  readonly epochs: number;
  /** Of this start of the run; absent when the training was done before. */
  readonly samplesPerSecond?: number;
  readonly run: string;
}

/** Trains a network from scratch, or a model on, as the run's settings say; goes on where an earlier start stopped. */
export async function trainModel(run: RunFolder, context: RunContext): Promise<TrainResult> {
  const parsed = trainSettingsSchema.safeParse(run.settings);
  if (!parsed.success) throw new RunError(`${run.path} is not a training run of this version.`, 'Start a new one.');
  const settings = parsed.data;
  const start = startOf(settings);
  const data = await openTaskData(start, settings.data);
  try {
    const preprocessing = {
      ...(settings.preprocessing ?? namedPreprocessing('unit')),
      layout: data.layout,
    };
    const started = performance.now();
    const trainedBefore = run.has('trained.onnx');
    await train(
      start,
      {
        run,
        context,
        data,
        train: data.dataset.train,
        preprocessing,
        schedule: { kind: 'cosine', rate: settings.rate, warmUpEpochs: settings.warmUpEpochs },
        epochs: settings.epochs,
        batch: settings.batch,
        threads: settings.threads,
        seed: settings.seed,
        augmentation: augmentationFor(data),
        weightDecay: settings.weightDecay,
        stage: 'training',
      },
      'trained.onnx',
    );
    const seconds = (performance.now() - started) / 1000;
    const evaluation = await evaluateTrained(run.file('trained.onnx'), data, preprocessing, settings.threads, context);
    writeModel(readModel(run.file('trained.onnx')), settings.out);
    run.event('finished', { ...evaluation });
    return {
      ...evaluation,
      model: settings.out,
      epochs: settings.epochs,
      ...(!trainedBefore && { samplesPerSecond: (settings.epochs * data.dataset.train.length) / seconds }),
      run: run.path,
    };
  } finally {
    data.dataset.close();
  }
}

async function evaluateTrained(
  path: string,
  data: TaskData,
  preprocessing: Parameters<typeof evaluate>[2],
  threads: number,
  context: RunContext,
): Promise<Evaluation> {
  const report = stageTimer(context, 'evaluating');
  return evaluate(path, data.dataset.validation, preprocessing, data.task, {
    threads,
    signal: context.signal,
    onProgress: (done, total) => report(done / total),
  });
}

/** The model to start from. Throws a RunError for a name that is neither a network's nor a file's. */
function startOf({ model, seed }: Pick<TrainSettings, 'model' | 'seed'>): Model {
  if (model in networks) return networks[model as NetworkName](seed);
  return readModel(model);
}

/** Throws a RunError when the trained model would take the place of the one it is made from. */
export function assertNotSource(model: string, out: string): void {
  if (resolve(out) === resolve(model)) {
    throw new RunError('The source model is never written to.', 'Choose another file with --out.');
  }
}

/** The settings' `model` for what the user gave. Throws a RunError when it is neither a network nor a file. */
export function networkOrPath(given: string): string {
  if (given in networks) return given;
  const path = resolve(given);
  if (!fs.existsSync(path)) {
    throw new RunError(
      `${basename(given)} is neither a file nor a network.`,
      `Networks are: ${Object.keys(networks).join(', ')}.`,
    );
  }
  return path;
}
