import { setImmediate as nextTurn } from 'node:timers/promises';
import { upgradeToBuildOpset } from '../autodiff/upgrade';
import { indexBatches } from '../data/batches';
import { sampleSize, type Split } from '../data/dataset';
import type { Preprocessing } from '../data/preprocessing';
import { float, setAttribute } from '../onnx/attributes';
import { GraphBuilder } from '../onnx/graphBuilder';
import type { Model } from '../onnx/model';
import { Session } from '../runtime/session';
import type { Tensor } from '../tensor/tensor';
import { BatchFeeder } from './batchFeeder';
import { TrainingError } from './errors';
import { freePrefix } from './forwardGraph';
import { toSinglePrecision } from './singlePrecision';

/** Mean and (population) variance of each channel of a value [N, C, ...], over samples and positions. */
export interface ChannelStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** Samples that statistics are taken of. */
export interface CalibrationSource {
  readonly split: Split;
  readonly preprocessing: Preprocessing;
  /** Samples in a batch. */
  readonly batch: number;
  /** Number of batches; fewer are used when the split has no more full ones. */
  readonly batches: number;
  /** Decides which samples are used. */
  readonly seed: number;
  /** See `DataInput.shrink`. */
  readonly shrink?: number;
}

export interface StatisticsOptions {
  /** How BatchNormalization computes meanwhile: by its running statistics, or by those of each batch, as in training. */
  readonly batchNorm: 'running' | 'batch';
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/**
 * Statistics per channel of values of a model. Batches are pooled exactly, by the law of total variance, in float64, so
 * that the result is that of all samples at once.
 * Throws a TrainingError for values that the model does not have and for splits shorter than one batch.
 */
export async function collectStatistics(
  model: Model,
  values: readonly string[],
  source: CalibrationSource,
  options: StatisticsOptions,
): Promise<Map<string, ChannelStatistics>> {
  const names = [...new Set(values)];
  if (names.length === 0) return new Map();
  const { probe, outputs } = statisticsGraph(model, names, options.batchNorm);
  const session = await Session.create(probe, { threads: options.threads, optimization: 'basic' });
  const pools = new Map(names.map((name) => [name, new Pool()]));
  try {
    const [input] = session.inputs;
    const { split, preprocessing } = source;
    const feeder = await BatchFeeder.create(split.sample, preprocessing, input, source.shrink, options.threads);
    try {
      const x = new (split.sample.type === 'uint8' ? Uint8Array : Float32Array)(
        source.batch * sampleSize(split.sample),
      );
      let left = source.batches;
      for (const indices of indexBatches(split.length, { size: source.batch, seed: source.seed, dropLast: true })) {
        if (left-- <= 0) break;
        await nextTurn();
        options.signal?.throwIfAborted();
        split.read(indices, x);
        const fed = await feeder.feed(x, source.batch);
        const results = await session.run({ [input.name]: fed.input });
        for (const [name, { mean, variance }] of outputs) pools.get(name)!.add(results[mean], results[variance]);
      }
    } finally {
      await feeder.dispose();
    }
  } finally {
    await session.dispose();
  }
  if (pools.get(names[0])!.batches === 0) {
    throw new TrainingError(
      `The split has ${source.split.length} samples, fewer than one batch of ${source.batch}.`,
      'Choose a smaller batch.',
    );
  }
  return new Map([...pools].map(([name, pool]) => [name, pool.result()]));
}

interface StatisticOutputs {
  readonly mean: string;
  readonly variance: string;
}

function statisticsGraph(
  model: Model,
  names: readonly string[],
  batchNorm: StatisticsOptions['batchNorm'],
): { probe: Model; outputs: Map<string, StatisticOutputs> } {
  const probe = toSinglePrecision(upgradeToBuildOpset(model));
  const { graph } = probe;
  if (batchNorm === 'batch') {
    for (const node of graph.nodes) {
      if (node.opType !== 'BatchNormalization') continue;
      setAttribute(node, 'training_mode', 1);
      setAttribute(node, 'momentum', float(0));
      // The training form has three results.
      node.output = [node.output[0], graph.uniqueName('batchMean'), graph.uniqueName('batchVariance')];
    }
    graph.changed();
  }
  const builder = new GraphBuilder(probe, freePrefix(graph, 'statistics'));
  const known = new Set([...graph.inputs.map(({ name }) => name), ...graph.nodes.flatMap((node) => node.output)]);
  graph.proto.output = [];
  const outputs = new Map<string, StatisticOutputs>();
  for (const name of names) {
    if (!known.has(name)) {
      throw new TrainingError(`The model has no value ${name}.`, 'Name a value that the model computes.');
    }
    const rows = builder.op('Reshape', [name, builder.ints([0, 0, -1])]);
    const axes = builder.ints([0, 2]);
    const mean = builder.op('ReduceMean', [rows, axes], { keepdims: 1 });
    const centred = builder.op('Sub', [rows, mean]);
    const variance = builder.op('ReduceMean', [builder.op('Mul', [centred, centred]), axes], { keepdims: 1 });
    builder.output(mean, 'float32', undefined);
    builder.output(variance, 'float32', undefined);
    outputs.set(name, { mean, variance });
  }
  graph.prune();
  return { probe, outputs };
}

/** Pools statistics of batches of one size. */
class Pool {
  batches = 0;
  private mean: Float64Array | undefined;
  private square: Float64Array | undefined;

  add(mean: Tensor, variance: Tensor): void {
    const channels = mean.data.length;
    this.mean ??= new Float64Array(channels);
    this.square ??= new Float64Array(channels);
    for (let c = 0; c < channels; c++) {
      const m = Number(mean.data[c]);
      // Mean and squared distance from it, updated batch by batch (Chan et al. 1979): no large sums of squares.
      const distance = m - this.mean[c];
      this.mean[c] += distance / (this.batches + 1);
      const between = distance * distance * this.batches;
      this.square[c] += (Number(variance.data[c]) - this.square[c] + between / (this.batches + 1)) / (this.batches + 1);
    }
    this.batches++;
  }

  result(): ChannelStatistics {
    return { mean: Float32Array.from(this.mean!), variance: Float32Array.from(this.square!) };
  }
}
