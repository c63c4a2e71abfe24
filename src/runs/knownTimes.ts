import { describeEnvironment } from '../hardware/environment';
import { LatencyTable, type LatencyEntry } from '../hardware/latencyTable';
import type { Device } from '../protocol/device';
import type { LayerTime, ModelTimes } from '../protocol/times';
import { latencyTablesFolder } from './cacheFolder';
import { MeasuredForms } from './measuredForms';
import type { OpenedModel } from './openedModel';

/** The forms in which a model is measured, for the time of some work. */
export async function withForms<T>(
  { model, statuses, shapes }: OpenedModel,
  work: (forms: MeasuredForms) => T | Promise<T>,
): Promise<T> {
  const forms = new MeasuredForms(model, statuses, shapes);
  try {
    return await work(forms);
  } finally {
    await forms.dispose();
  }
}

/** What the latency table knows of a model without measuring; null when it does not know the whole model. */
export async function knownTimes(opened: OpenedModel, device: Device): Promise<ModelTimes | null> {
  const table = LatencyTable.open(latencyTablesFolder(), device);
  return withForms(opened, (forms) => timesFrom(opened, forms, table));
}

/** The times of a model as far as a table has them; null when it does not have the whole model. */
export function timesFrom({ path, layers }: OpenedModel, forms: MeasuredForms, table: LatencyTable): ModelTimes | null {
  // A run measures the model in memory, `measure` the very file.
  const whole = table.entry(forms.wholeFileKey) ?? table.entry(forms.wholeWith(new Map()).key);
  if (!whole) return null;
  const alone = new Set(forms.layers);
  const known = layers.flatMap((layer) => {
    const entry = alone.has(layer.name) ? table.entry(forms.dense(layer.name).key) : undefined;
    return entry ? [{ layer, entry }] : [];
  });
  const sumMs = known.reduce((sum, { entry }) => sum + entry.medianMs, 0);
  return {
    model: path,
    device: table.device,
    latencyMs: whole.medianMs,
    latency: { median: whole.medianMs, low: whole.lowMs, high: whole.highMs },
    noisy: whole.noisy,
    measured: oldest([whole, ...known.map(({ entry }) => entry)]),
    environment: describeEnvironment(table.device),
    layers: known.map(({ layer: { name, op, macs }, entry }): LayerTime => ({
      name,
      op,
      macs,
      ms: entry.medianMs,
      low: entry.lowMs,
      high: entry.highMs,
      share: entry.medianMs / sumMs,
      origin: 'table',
    })),
    table: { sumMs, wholeMs: whole.medianMs, ratio: sumMs / whole.medianMs },
  };
}

function oldest(entries: readonly LatencyEntry[]): string {
  return entries.reduce((time, { measuredAt }) => (measuredAt < time ? measuredAt : time), entries[0].measuredAt);
}
