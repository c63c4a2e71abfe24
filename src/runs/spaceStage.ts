import { calibrate, type Calibration } from '../hardware/calibrate';
import { describeEnvironment } from '../hardware/environment';
import type { Environment } from '../protocol/environment';
import { LatencyTable, type LatencyEntry } from '../hardware/latencyTable';
import type { Staircase } from '../hardware/staircase';
import { methodOf } from '../methods/registry';
import { modelTotals } from '../onnx/layers';
import { RuntimeProducts } from '../runtime/products';
import { buildSpace, type SearchSpace, type SiteLatency } from '../search/sites';
import { latencyTablesFolder } from './cacheFolder';
import type { CompressionJob } from './compressionJob';
import { measuringProgress } from './progress';
import { measureSites } from './siteLatencies';

/** What was measured for a run, as it is kept in `latencies.json`. */
export interface Latencies {
  /** The whole source model, from the table. */
  readonly whole: Pick<LatencyEntry, 'medianMs' | 'lowMs' | 'highMs' | 'noisy'> & { readonly environment: Environment };
  /** Milliseconds of every layer's fused block alone, by layer name. */
  readonly dense: Readonly<Record<string, number>>;
  readonly sites: Readonly<Record<string, SiteLatency>>;
  readonly calibration: Calibration & { readonly sumMs: number };
  readonly staircase?: Staircase & { readonly layer: string; readonly keepMs: number };
}

/** Measures the source model, its layers and the ranks that may be chosen. */
export async function measureLatencies(job: CompressionJob): Promise<Latencies> {
  const { settings, context, source, statuses, shapes } = job;
  const { signal } = context;
  const table = LatencyTable.open(latencyTablesFolder(), settings.device);
  const { whole, compressed, dense, sites, staircase } = await measureSites(source, statuses, shapes, table, {
    offer: settings.budget.resource === 'latency' ? 'front' : 'even',
    pinned: settings.pinned,
    signal,
    measuring: (what) => measuringProgress(context, `measuring ${what}`),
  });
  const denseMs = Object.fromEntries([...dense].map(([name, { medianMs }]) => [name, medianMs]));
  const sumMs = Object.values(denseMs).reduce((sum, ms) => sum + ms, 0);
  const { medianMs, lowMs, highMs, noisy } = whole;
  return {
    whole: { medianMs, lowMs, highMs, noisy, environment: describeEnvironment(settings.device) },
    dense: denseMs,
    sites: Object.fromEntries(sites),
    calibration: { ...calibrate({ sumMs, wholeMs: whole.medianMs }, compressed), sumMs },
    ...(staircase && { staircase }),
  };
}

/** The space of the run's model: sites, their ranks, and what each costs, times calibrated to the whole model's. */
export async function spaceOf(job: CompressionJob, latencies: Latencies): Promise<SearchSpace> {
  const { source, statuses, layers, settings } = job;
  const { scale } = latencies.calibration;
  const totals = modelTotals(source, layers);
  const products = new RuntimeProducts();
  try {
    return await buildSpace(source, statuses, {
      dense: { ...totals, latencyMs: latencies.whole.medianMs },
      methodOf,
      pinned: settings.pinned,
      latencies: new Map(
        Object.entries(latencies.sites).map(([name, { keepMs, ranks }]) => [
          name,
          { keepMs: keepMs * scale, ranks: ranks.map(({ rank, ms }) => ({ rank, ms: ms * scale })) },
        ]),
      ),
      products,
    });
  } finally {
    await products.dispose();
  }
}
