import { blockModel } from '../hardware/block';
import { blockKey } from '../hardware/blockKey';
import type { Device } from '../protocol/device';
import { describeEnvironment } from '../hardware/environment';
import { measure } from '../hardware/harness';
import { LatencyTable } from '../hardware/latencyTable';
import { layersOf } from '../onnx/layers';
import { readModel } from '../onnx/read';
import { inferShapes } from '../runtime/shapes';
import { latencyTablesFolder } from './cacheFolder';
import type { ModelTimes } from '../protocol/times';
import { measuringProgress, type RunContext } from './progress';

/**
 * Measures a model on a device: the whole file, and every layer's fused block by the latency table.
 * @param again measure blocks that the table knows already
 */
export async function measureModel(
  path: string,
  device: Device,
  inputDims: Readonly<Record<string, readonly number[]>>,
  context: RunContext,
  again = false,
): Promise<ModelTimes> {
  const model = readModel(path);
  const shapes = await inferShapes(model, inputDims);
  const layers = layersOf(model, shapes);
  const { signal } = context;
  const [whole] = await measure([{ id: 'model', modelPath: path, inputDims }], {
    ...device,
    signal,
    onProgress: measuringProgress(context, 'measuring the model'),
  });
  const table = LatencyTable.open(latencyTablesFolder(), device);
  const blocks = layers
    .filter((layer) => layer.openSizes.length === 0)
    .map((layer) => {
      const block = blockModel(model, layer, shapes);
      return { layer, key: blockKey(block), label: layer.name, build: () => block };
    });
  await table.measureMissing(blocks, {
    signal,
    ...(again && { maxAgeMs: 0 }),
    onProgress: measuringProgress(context, 'measuring layers'),
  });
  const entries = blocks.map(({ layer, key }) => ({ layer, entry: table.entry(key) }));
  const sumMs = entries.reduce((sum, { entry }) => sum + (entry?.medianMs ?? 0), 0);
  return {
    model: path,
    device,
    latencyMs: whole.medianMs,
    latency: { median: whole.medianMs, low: whole.lowMs, high: whole.highMs },
    noisy: whole.noisy,
    measured: new Date().toISOString(),
    environment: describeEnvironment(device),
    layers: entries.flatMap(({ layer, entry }) =>
      entry
        ? {
            name: layer.name,
            op: layer.op,
            macs: layer.macs,
            ms: entry.medianMs,
            low: entry.lowMs,
            high: entry.highMs,
            share: entry.medianMs / sumMs,
            origin: 'table' as const,
          }
        : [],
    ),
    table: { sumMs, wholeMs: whole.medianMs, ratio: sumMs / whole.medianMs },
  };
}
