import { setImmediate as nextTurn } from 'node:timers/promises';
import { batches } from '../data/batches';
import { sampleSize, type Split } from '../data/dataset';
import type { Preprocessing } from '../data/preprocessing';
import type { Model } from '../onnx/model';
import { Session } from '../runtime/session';
import { numbers } from '../tensor/convert';
import type { Tensor } from '../tensor/tensor';
import { BatchFeeder } from './batchFeeder';
import { TrainingError } from './errors';
import { accuracyScore, psnrScore, type Score } from './scores';

/** What a model is for, and so how well it does. */
export type Task =
  | { readonly kind: 'classification' }
  /** Enlarges images: the samples are the wanted outputs, and the model sees them `factor` times smaller. */
  | { readonly kind: 'enlarging'; readonly factor: number };

export interface EvaluationOptions {
  readonly threads?: number;
  /** Samples in a batch, where the model leaves the batch open. */
  readonly batch?: number;
  /** Evaluate only this many samples, the first of the split. */
  readonly limit?: number;
  /** The output judged; the first when left out. */
  readonly output?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Evaluation {
  readonly metric: 'accuracy' | 'psnr';
  /** Accuracy in percent, PSNR in dB (of the mean squared error over all samples); higher is better. */
  readonly value: number;
  readonly samples: number;
}

/** Larger batches are no faster and take more memory. */
const defaultBatch = 64;

/**
 * How well a model (or the very file at a path) does on a split. Samples are streamed. Models that work only at the batch
 * they were exported with are evaluated at that batch.
 * Throws a TrainingError for data that does not fit the model and the signal's reason when it is aborted.
 */
export async function evaluate(
  model: Model | string,
  split: Split,
  preprocessing: Preprocessing,
  task: Task,
  options: EvaluationOptions = {},
): Promise<Evaluation> {
  const { threads = 1, signal, onProgress } = options;
  const session = await Session.create(model, { threads, spinUs: 0 });
  try {
    const [input, ...others] = session.inputs;
    if (others.length > 0) {
      throw new TrainingError(
        `The model takes ${session.inputs.length} inputs; only models of one input can be evaluated.`,
        'Make the others constants of the model.',
      );
    }
    const output = options.output ?? session.outputs[0].name;
    const shrink = task.kind === 'enlarging' ? task.factor : undefined;
    const feeder = await BatchFeeder.create(split.sample, preprocessing, input, shrink, threads);
    try {
      const score = task.kind === 'classification' ? accuracyScore(split) : psnrScore(split, preprocessing);
      const total = Math.min(split.length, options.limit ?? split.length);
      if (total === 0) throw new TrainingError('There are no samples to evaluate on.', 'Choose another split.');
      const values = sampleSize(split.sample);
      const runner = new ModelRunner(session, feeder, input.name, output, values);
      const fixed = typeof input.dims[0] === 'number' ? input.dims[0] : undefined;
      let size = fixed ?? Math.min(options.batch ?? defaultBatch, total);
      const blank = new (split.sample.type === 'uint8' ? Uint8Array : Float32Array)(size * values);
      if (fixed === undefined && size > 1 && !(await runner.takes(size, blank))) size = 1;
      let done = 0;
      for (const { x, labels } of batches(firstOf(split, total), { size })) {
        await nextTurn();
        signal?.throwIfAborted();
        const n = x.length / values;
        score.add(await runner.run(x, n, fixed ?? n), labels, n);
        done += n;
        onProgress?.(done, total);
      }
      return { metric: score.metric, value: score.value(), samples: total };
    } finally {
      await feeder.dispose();
    }
  } finally {
    await session.dispose();
  }
}

/** The first samples of a split as a split. */
function firstOf(split: Split, length: number): Split {
  return {
    length,
    sample: split.sample,
    classes: split.classes,
    read: (indices, x, labels) => split.read(indices, x, labels),
  };
}

class ModelRunner {
  constructor(
    private readonly session: Session,
    private readonly feeder: BatchFeeder,
    private readonly input: string,
    private readonly output: string,
    private readonly valuesPerSample: number,
  ) {}

  /** Output values for `n` samples, computed in a batch of `size`; the surplus is fed zeros and left out. */
  async run(x: Uint8Array | Float32Array, n: number, size: number): Promise<Parameters<Score['add']>[0]> {
    let padded = x;
    if (n < size) {
      padded =
        x instanceof Uint8Array
          ? new Uint8Array(size * this.valuesPerSample)
          : new Float32Array(size * this.valuesPerSample);
      padded.set(x);
    }
    const { input, target } = await this.feeder.feed(padded, size);
    const results = await this.session.run({ [this.input]: input }, { [this.output]: null });
    const part = (tensor: Tensor): ArrayLike<number> => {
      const values = numbers(tensor);
      return n === size ? values : Array.prototype.slice.call(values, 0, (values.length / size) * n);
    };
    return { values: part(results[this.output]), target: target && part(target) };
  }

  /** Whether the model takes a batch of this size: some leave it open and do not. */
  async takes(size: number, blank: Uint8Array | Float32Array): Promise<boolean> {
    try {
      await this.run(blank, size, size);
      return true;
    } catch {
      return false;
    }
  }
}
