import { compareModels, type Comparison } from '../hardware/compareModels';
import type { Model } from '../onnx/model';
import { readModel } from '../onnx/read';
import { encodeModel } from '../onnx/write';
import type { Preprocessing } from '../data/preprocessing';
import { Session } from '../runtime/session';
import { evaluate } from '../training/evaluate';
import { agreementOf, randomFeeds } from './agreement';
import type { CompressionJob } from './compressionJob';
import { leastSpeedup, type GateResult, type Interval } from '../protocol/figures';
import { measuringProgress } from './progress';

/** Relative difference of outputs that rounding explains, by the element type of the weights. */
const tolerance = { single: 1e-3, half: 5e-2 };

export interface GatesResult {
  readonly gates: readonly GateResult[];
  readonly passed: boolean;
  readonly speedup: Interval;
  readonly comparison: Pick<Comparison, 'noisy'>;
  readonly before: Interval;
  readonly after: Interval;
  readonly metric?: { readonly name: 'accuracy' | 'psnr'; readonly value: number; readonly samples: number };
}

/**
 * Tries the written file: it reloads, it computes what the model in memory computes, it is faster than its source, and
 * its metric is within what may be lost.
 * @param trained the model in memory that the file was written from
 * @param metricBefore metric of the source on the same samples
 */
export async function tryGates(
  job: CompressionJob,
  path: string,
  trained: Model,
  preprocessing: Preprocessing | undefined,
  metricBefore: number | undefined,
): Promise<GatesResult> {
  const { settings, context, inputDims, data } = job;
  const { signal } = context;
  const gates: GateResult[] = [await reloads(path)];

  const half = [...trained.graph.weights.values()].some(
    ({ elementType }) => elementType === 'float16' || elementType === 'bfloat16',
  );
  const { difference, samples } = await agreementOf(encodeModel(trained), path, randomFeeds(path, inputDims), signal);
  gates.push({
    name: 'agrees',
    passed: difference <= (half ? tolerance.half : tolerance.single),
    detail: `Its outputs differ from those of the model in memory by ${difference.toExponential(1)} (relative, ${samples} random inputs).`,
  });

  const comparison = await compareModels(
    { modelPath: settings.model, inputDims },
    { modelPath: path, inputDims },
    { ...settings.device, signal, onProgress: measuringProgress(context, 'comparing') },
  );
  const { speedup } = comparison;
  gates.push({
    name: 'faster',
    passed: speedup.low > leastSpeedup,
    detail: `${speedup.median.toFixed(2)}x, 95 % interval ${speedup.low.toFixed(2)} to ${speedup.high.toFixed(2)}; more than ${leastSpeedup}x is demanded of the whole interval.`,
  });

  let metric: GatesResult['metric'];
  if (data && preprocessing) {
    const { validation } = data.dataset;
    const evaluation = await evaluate(path, validation, preprocessing, data.task, {
      threads: settings.trainThreads,
      signal,
    });
    metric = { name: evaluation.metric, value: evaluation.value, samples: evaluation.samples };
    const drop = (metricBefore ?? evaluation.value) - evaluation.value;
    const unit = evaluation.metric === 'accuracy' ? 'points' : 'dB';
    const allowed = settings.maxDrop === undefined ? 'no limit was set' : `at most ${settings.maxDrop} may be lost`;
    gates.push({
      name: 'accurate',
      passed: settings.maxDrop === undefined || drop <= settings.maxDrop,
      detail: `${evaluation.metric} ${evaluation.value.toFixed(2)}, ${drop >= 0 ? `${drop.toFixed(2)} ${unit} lost` : `${(-drop).toFixed(2)} ${unit} gained`}; ${allowed}.`,
    });
  }
  return {
    gates,
    passed: gates.every((gate) => gate.passed),
    speedup: { median: speedup.median, low: speedup.low, high: speedup.high },
    comparison: { noisy: comparison.noisy },
    before: intervalOf(comparison.a),
    after: intervalOf(comparison.b),
    metric,
  };
}

async function reloads(path: string): Promise<GateResult> {
  try {
    const { nodes } = readModel(path).graph;
    await (await Session.create(path)).dispose();
    return { name: 'reloads', passed: true, detail: `${nodes.length} nodes, loaded by ONNX Runtime.` };
  } catch (error) {
    return { name: 'reloads', passed: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

function intervalOf({ medianMs, lowMs, highMs }: Comparison['a']): Interval {
  return { median: medianMs, low: lowMs, high: highMs };
}
