import type { Device } from '../protocol/device';
import { measure } from '../hardware/harness';
import { LatencyTable } from '../hardware/latencyTable';
import type { InputDims } from '../hardware/randomInputs';
import { latencyTablesFolder } from './cacheFolder';
import type { ModelTimes } from '../protocol/times';
import { timesFrom, withForms } from './knownTimes';
import { openModel } from './openedModel';
import { measuringProgress, type RunContext } from './progress';

/**
 * Times of a model on a device: of the whole file, and of every layer's fused block. What the latency table does not know
 * is measured and entered; when a layer is missing, the whole is measured anew beside it.
 * @param again measure what the table knows, too
 */
export async function measureModel(
  path: string,
  device: Device,
  inputDims: InputDims,
  context: RunContext,
  again = false,
): Promise<ModelTimes> {
  const opened = await openModel(path, inputDims);
  const { signal } = context;
  const table = LatencyTable.open(latencyTablesFolder(), device);
  return withForms(opened, async (forms) => {
    const blocks = forms.layers.map((layer) => forms.dense(layer));
    const complete = [forms.wholeFileKey, ...blocks.map(({ key }) => key)].every((key) => table.entry(key));
    if (again || !complete) {
      const [whole] = await measure([{ id: path, modelPath: path, inputDims }], {
        ...device,
        signal,
        onProgress: measuringProgress(context, 'measuring the model'),
      });
      table.addMeasurement(forms.wholeFileKey, whole);
      await table.measureMissing(blocks, {
        signal,
        ...(again && { maxAgeMs: 0 }),
        onProgress: measuringProgress(context, 'measuring layers'),
      });
    }
    const times = timesFrom(opened, forms, table);
    if (!times) throw new Error('The latency table lost what was just measured.');
    return times;
  });
}
