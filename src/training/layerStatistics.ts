import { setImmediate as nextTurn } from 'node:timers/promises';
import { upgradeToBuildOpset } from '../autodiff/upgrade';
import { indexBatches } from '../data/batches';
import { sampleSize, type Split } from '../data/dataset';
import type { Preprocessing } from '../data/preprocessing';
import { floatAttribute } from '../onnx/attributes';
import type { NodeProto } from '../onnx/generated/onnx_pb';
import { GraphBuilder } from '../onnx/graphBuilder';
import type { Model } from '../onnx/model';
import { Session } from '../runtime/session';
import type { Tensor } from '../tensor/tensor';
import { augment, type Augmentation } from './augmentation';
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
  /**
   * What the network saw in training: its statistics are those of augmented samples, and others cost accuracy (3 points for
   * a ResNet-20 trained with crops).
   */
  readonly augmentation?: Augmentation;
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
        augment({ sample: split.sample, x, indices }, source.augmentation ?? {}, source.seed, 0);
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

interface StatisticValues {
  /** The value as [N, C, rest], less its mean. */
  readonly centred: string;
  readonly mean: string;
  readonly variance: string;
}

function statisticsGraph(
  model: Model,
  names: readonly string[],
  batchNorm: StatisticsOptions['batchNorm'],
): { probe: Model; outputs: ReadonlyMap<string, StatisticValues> } {
  const probe = toSinglePrecision(upgradeToBuildOpset(model));
  const { graph } = probe;
  const builder = new GraphBuilder(probe, freePrefix(graph, 'statistics'));
  const statistics = new Map<string, StatisticValues>();
  const statisticsOf = (name: string): StatisticValues => {
    let found = statistics.get(name);
    if (!found) statistics.set(name, (found = appendStatistics(builder, name)));
    return found;
  };
  if (batchNorm === 'batch') {
    for (const node of graph.proto.node.splice(0)) {
      if (node.opType === 'BatchNormalization') appendBatchForm(builder, node, statisticsOf(node.input[0]));
      else builder.append(node);
    }
  }
  const known = new Set([...graph.inputs.map(({ name }) => name), ...graph.nodes.flatMap((node) => node.output)]);
  graph.proto.output = [];
  const outputs = new Map<string, StatisticValues>();
  for (const name of names) {
    if (!known.has(name)) {
      throw new TrainingError(`The model has no value ${name}.`, 'Name a value that the model computes.');
    }
    const values = statisticsOf(name);
    builder.output(values.mean, 'float32', undefined);
    builder.output(values.variance, 'float32', undefined);
    outputs.set(name, values);
  }
  graph.prune();
  return { probe, outputs };
}

function appendStatistics(builder: GraphBuilder, name: string): StatisticValues {
  const rows = builder.op('Reshape', [name, builder.ints([0, 0, -1])]);
  const axes = builder.ints([0, 2]);
  const mean = builder.op('ReduceMean', [rows, axes], { keepdims: 1 });
  const centred = builder.op('Sub', [rows, mean]);
  const variance = builder.op('ReduceMean', [builder.op('Mul', [centred, centred]), axes], { keepdims: 1 });
  return { centred, mean, variance };
}

/**
 * Normalisation by the statistics of the batch, written out: the operator's own training form writes its running
 * statistics into the memory of its inputs, which here are weights.
 */
function appendBatchForm(builder: GraphBuilder, node: NodeProto, { centred, variance }: StatisticValues): void {
  const [x, scale, bias] = node.input;
  const perChannel = (name: string): string => builder.op('Reshape', [name, builder.ints([1, -1, 1])]);
  const epsilon = builder.scalar(floatAttribute(node, 'epsilon', 1e-5));
  const deviation = builder.op('Sqrt', [builder.op('Add', [variance, epsilon])]);
  const factor = builder.op('Div', [perChannel(scale), deviation]);
  const rows = builder.op('Add', [builder.op('Mul', [centred, factor]), perChannel(bias)]);
  builder.op('Reshape', [rows, builder.op('Shape', [x])], {}, { outputs: [node.output[0]] });
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
