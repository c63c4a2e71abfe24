import type { SumAndWhole } from '../hardware/calibrate';
import type { MeasureProgress } from '../hardware/harness';
import type { LatencyEntry, LatencyTable, WantedBlock } from '../hardware/latencyTable';
import { front, measureStaircase, type RankTime, type Staircase } from '../hardware/staircase';
import type { LayerStatus, Site } from '../methods/shared/site';
import type { LayerValue } from '../onnx/layers';
import type { Model } from '../onnx/model';
import { candidateRanks } from '../search/candidateRanks';
import type { SiteLatency } from '../search/sites';
import { MeasuredForms, type RanksBySite } from './measuredForms';

export interface MeasuredSites {
  /** Time of the whole model, measured beside its layers and in the same way: without the cost of a call. */
  readonly whole: LatencyEntry;
  /** Whole models with ranks at their sites, against the sums of their layers: what calibrates the table. */
  readonly compressed: readonly SumAndWhole[];
  /** Time of every layer as it is, by name; layers that can't be measured alone are left out. */
  readonly dense: ReadonlyMap<string, LatencyEntry>;
  /** Times of the candidate ranks of every site, by layer name. */
  readonly sites: ReadonlyMap<string, SiteLatency>;
  /** The staircase from which the step was learnt, and its layer. */
  readonly staircase?: Staircase & { readonly layer: string; readonly keepMs: number };
}

export interface MeasureSitesOptions {
  /**
   * Which ranks are offered: those on the front of the latency saw, for a budget on time; or evenly spread ones whatever
   * time they take, for a budget on something else.
   */
  readonly offer: 'front' | 'even';
  /** Ranks that are fixed, by layer name: the only ones measured there. */
  readonly pinned?: Readonly<Record<string, number>>;
  readonly signal: AbortSignal;
  /** Begins the report of one measurement, of which there are several. */
  readonly measuring: (what: 'ranks of one layer' | 'layers and their ranks') => (progress: MeasureProgress) => void;
}

/** Multiples of the step that are measured at a site at most; of more, every second, fourth, ... is taken. */
const mostMultiples = 16;

/**
 * Times of every layer, of the candidate ranks of every site and of some whole models, from the table, which measures
 * what it does not know. For a budget on time, the step of the latency saw is learnt on the widest site; at the others
 * only its multiples are measured, and the front of what was measured is offered.
 */
export async function measureSites(
  model: Model,
  statuses: readonly LayerStatus[],
  shapes: ReadonlyMap<string, LayerValue>,
  table: LatencyTable,
  options: MeasureSitesOptions,
): Promise<MeasuredSites> {
  const forms = new MeasuredForms(model, statuses, shapes);
  try {
    return await measureForms(forms, table, options);
  } finally {
    await forms.dispose();
  }
}

async function measureForms(
  forms: MeasuredForms,
  table: LatencyTable,
  options: MeasureSitesOptions,
): Promise<MeasuredSites> {
  const { sites } = forms;
  const { pinned = {} } = options;
  const isPinned = ({ layer }: Site): boolean => Object.hasOwn(pinned, layer.name);
  const free = sites.filter((site) => !isPinned(site));
  const widest = free.toSorted((a, b) => b.breakEvenRank - a.breakEvenRank || b.layer.macs - a.layer.macs).at(0);
  const staircase = options.offer === 'front' && widest ? await stairs(widest, forms, table, options) : undefined;
  const candidates = new Map(
    sites.map((site) => [
      site.layer.name,
      isPinned(site)
        ? [pinned[site.layer.name]]
        : staircase
          ? site === widest
            ? staircase.front.map(({ rank }) => rank)
            : multiplesUpTo(staircase.step, site.breakEvenRank)
          : candidateRanks({ width: site.fullRank, breakEven: site.breakEvenRank }),
    ]),
  );
  const whole = forms.wholeWith(new Map());
  const mixtures = [0, 0.5].map((share) => ranksAt(candidates, share)).filter((ranks) => ranks.size > 0);
  // In one call, so that they are interleaved: what is compared must have seen the same machine.
  const wanted: WantedBlock[] = [whole, ...mixtures.map((ranks) => forms.wholeWith(ranks))];
  for (const layer of forms.layers) wanted.push(forms.dense(layer));
  for (const site of sites) {
    for (const rank of candidates.get(site.layer.name) ?? []) wanted.push(forms.atRank(site, rank));
  }
  const { signal, measuring } = options;
  await table.measureMissing(wanted, { signal, onProgress: measuring('layers and their ranks') });

  const dense = new Map(forms.layers.map((layer) => [layer, entryOf(table, forms.dense(layer))]));
  const msAt = (site: Site, rank: number): number => entryOf(table, forms.atRank(site, rank)).medianMs;
  const sumWith = (ranks: RanksBySite): number => {
    let sum = 0;
    for (const { medianMs } of dense.values()) sum += medianMs;
    for (const site of sites) {
      const rank = ranks.get(site.layer.name);
      if (rank !== undefined) sum += msAt(site, rank) - (dense.get(site.layer.name)?.medianMs ?? 0);
    }
    return sum;
  };
  const latencies = new Map<string, SiteLatency>();
  for (const site of sites) {
    const keepMs = entryOf(table, forms.dense(site.layer.name)).medianMs;
    const points = (candidates.get(site.layer.name) ?? []).map((rank) =>
      rankTime(rank, table, forms.atRank(site, rank)),
    );
    // Ranks that are no faster than the layer as it is are not worth their error.
    const offered =
      options.offer === 'front' && !isPinned(site) ? front(points).filter(({ ms }) => ms < keepMs) : points;
    latencies.set(site.layer.name, { keepMs, ranks: offered.map(({ rank, ms }) => ({ rank, ms })) });
  }
  return {
    whole: entryOf(table, whole),
    compressed: mixtures.map((ranks) => ({
      sumMs: sumWith(ranks),
      wholeMs: entryOf(table, forms.wholeWith(ranks)).medianMs,
    })),
    dense,
    sites: latencies,
    ...(widest &&
      staircase && {
        staircase: {
          ...staircase,
          layer: widest.layer.name,
          keepMs: entryOf(table, forms.dense(widest.layer.name)).medianMs,
        },
      }),
  };
}

async function stairs(
  site: Site,
  forms: MeasuredForms,
  table: LatencyTable,
  { signal, measuring }: MeasureSitesOptions,
): Promise<Staircase> {
  return measureStaircase(site.breakEvenRank, async (wanted) => {
    await table.measureMissing(
      wanted.map((rank) => forms.atRank(site, rank)),
      { signal, onProgress: measuring('ranks of one layer') },
    );
    return wanted.map((rank) => rankTime(rank, table, forms.atRank(site, rank)));
  });
}

/** The candidate at this share of every site's list, 0 being the smallest. */
function ranksAt(candidates: ReadonlyMap<string, readonly number[]>, share: number): RanksBySite {
  return new Map(
    [...candidates].flatMap(([layer, ranks]) =>
      ranks.length > 0 ? [[layer, ranks[Math.floor(share * ranks.length)]] as const] : [],
    ),
  );
}

function entryOf(table: LatencyTable, { key }: WantedBlock): LatencyEntry {
  const entry = table.entry(key);
  if (!entry) throw new Error(`The latency table has no entry ${key}.`);
  return entry;
}

function rankTime(rank: number, table: LatencyTable, block: WantedBlock): RankTime {
  const { medianMs, lowMs, highMs } = entryOf(table, block);
  return { rank, ms: medianMs, lowMs, highMs };
}

/** Multiples of the step; a coarser one that is a multiple of it where there would be too many. */
function multiplesUpTo(step: number, highest: number): number[] {
  let stride = step;
  while (highest / stride > mostMultiples) stride *= 2;
  return Array.from({ length: Math.floor(highest / stride) }, (_, i) => (i + 1) * stride);
}
