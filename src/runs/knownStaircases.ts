import { LatencyTable } from '../hardware/latencyTable';
import { front, learnStep, measureStaircase, type RankTime } from '../hardware/staircase';
import type { Site } from '../methods/shared/site';
import type { Device } from '../protocol/device';
import type { LayerStaircase } from '../protocol/times';
import { latencyTablesFolder } from './cacheFolder';
import { RunError } from './errors';
import { withForms } from './knownTimes';
import type { MeasuredForms } from './measuredForms';
import type { OpenedModel } from './openedModel';
import { measuringProgress, type RunContext } from './progress';

/** Latency against rank as far as the table knows it; sites of which it knows no rank are left out. */
export async function knownStaircases(opened: OpenedModel, device: Device): Promise<LayerStaircase[]> {
  const table = LatencyTable.open(latencyTablesFolder(), device);
  return withForms(opened, (forms) => forms.sites.flatMap((site) => staircaseFrom(site, forms, table) ?? []));
}

/**
 * Measures latency against rank at a layer, as far as the table does not know it.
 * Throws a RunError when the layer has no ranks to measure.
 */
export async function measureSiteStaircase(
  opened: OpenedModel,
  device: Device,
  layer: string,
  context: RunContext,
): Promise<LayerStaircase> {
  const table = LatencyTable.open(latencyTablesFolder(), device);
  const options = { signal: context.signal, onProgress: measuringProgress(context, `measuring ranks of ${layer}`) };
  return withForms(opened, async (forms) => {
    const site = forms.sites.find((candidate) => candidate.layer.name === layer);
    if (!site) throw new RunError(`Layer ${layer} has no ranks to measure.`, whyNot(opened, layer));
    await table.measureMissing([forms.dense(layer)], options);
    await measureStaircase(site.breakEvenRank, async (ranks) => {
      await table.measureMissing(
        ranks.map((rank) => forms.atRank(site, rank)),
        options,
      );
      return ranks.flatMap((rank) => rankTime(rank, site, forms, table) ?? []);
    });
    const staircase = staircaseFrom(site, forms, table);
    if (!staircase) throw new Error('The latency table lost what was just measured.');
    return staircase;
  });
}

function whyNot({ statuses }: OpenedModel, layer: string): string {
  const status = statuses.find((candidate) => candidate.layer.name === layer);
  if (!status) return 'List the layers with: layerwise inspect';
  return status.site ? 'Give the sizes of the inputs that are known only at run time.' : status.reason;
}

/** What a table knows of a site's ranks. */
export function staircaseFrom(site: Site, forms: MeasuredForms, table: LatencyTable): LayerStaircase | undefined {
  const keepMs = table.entry(forms.dense(site.layer.name).key)?.medianMs;
  const points = Array.from({ length: site.fullRank }, (_, i) => rankTime(i + 1, site, forms, table)).filter(
    (point) => point !== undefined,
  );
  if (keepMs === undefined || points.length === 0) return undefined;
  const step = learnStep(points);
  return {
    layer: site.layer.name,
    device: table.device,
    keepMs,
    points: points.map(({ rank, ms, lowMs, highMs }) => ({ rank, ms, low: lowMs, high: highMs })),
    // Ranks that are no faster than the layer as it is are not worth their error.
    candidates: front(points.filter(({ rank }) => rank % step === 0 || rank === site.breakEvenRank)).flatMap(
      ({ rank, ms }) => (ms < keepMs ? rank : []),
    ),
    ...(step > 1 && { step }),
  };
}

function rankTime(rank: number, site: Site, forms: MeasuredForms, table: LatencyTable): RankTime | undefined {
  const entry = table.entry(forms.atRank(site, rank).key);
  return entry && { rank, ms: entry.medianMs, lowMs: entry.lowMs, highMs: entry.highMs };
}
