import { compareModels } from '../hardware/compareModels';
import type { Measurement } from '../hardware/harness';
import type { InputDims } from '../hardware/randomInputs';
import type { Device } from '../protocol/device';
import type { ModelComparison } from '../protocol/times';
import { agreementOf, randomFeeds } from './agreement';
import { layerLikeness } from './likeness';
import { measuringProgress, stageTimer, type RunContext } from './progress';

/** Two model files against each other: whether they agree, layer by layer and whole, and which is faster. */
export async function compareFiles(
  a: string,
  b: string,
  device: Device,
  inputDims: InputDims | undefined,
  context: RunContext,
): Promise<ModelComparison> {
  const { signal } = context;
  const { agreement, agreementOn, difference, samples } = await agreementOf(a, b, randomFeeds(a, inputDims), signal);
  const layers = await layerLikeness(a, b, inputDims, signal, stageTimer(context, 'comparing outputs'));
  const comparison = await compareModels(
    { modelPath: a, inputDims },
    { modelPath: b, inputDims },
    { ...device, signal, onProgress: measuringProgress(context, 'comparing') },
  );
  const { median, low, high } = comparison.speedup;
  return {
    speedup: { median, low, high },
    a: side(a, comparison.a),
    b: side(b, comparison.b),
    agreement,
    agreementOn,
    // Plain JSON has no infinity.
    difference: Number.isFinite(difference) ? difference : 1,
    samples,
    noisy: comparison.noisy,
    device,
    layers,
  };
}

function side(path: string, { medianMs, lowMs, highMs }: Measurement): ModelComparison['a'] {
  return { path, latencyMs: medianMs, latency: { median: medianMs, low: lowMs, high: highMs } };
}
