import { blockKey, choiceKey } from '../hardware/blockKey';
import { blockModel } from '../hardware/block';
import type { MeasureProgress } from '../hardware/harness';
import type { LatencyEntry, LatencyTable, WantedBlock } from '../hardware/latencyTable';
import { front, measureStaircase, type RankTime, type Staircase } from '../hardware/staircase';
import { methodOf } from '../methods/registry';
import type { FactorTensors } from '../methods/shared/method';
import type { LayerStatus, Site } from '../methods/shared/site';
import type { Layer, LayerValue } from '../onnx/layers';
import { makeValueInfo } from '../onnx/graph';
import type { Model } from '../onnx/model';
import { candidateRanks } from '../search/candidateRanks';
import type { SiteLatency } from '../search/sites';

export interface MeasuredSites {
  /** Time of the whole model, measured beside its layers and in the same way: without the cost of a call. */
  readonly whole: LatencyEntry;
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
  readonly signal: AbortSignal;
  readonly onProgress: (progress: MeasureProgress) => void;
}

/** A layer's fused block with the key its times are filed under. */
interface Block {
  readonly layer: Layer;
  readonly model: Model;
  readonly key: string;
}

/**
 * Times of every layer and of the candidate ranks of every site, from the table, which measures what it does not know.
 * For a budget on time, the step of the latency saw is learnt on the widest site; at the others only its multiples are
 * measured, and the front of what was measured is offered.
 */
export async function measureSites(
  model: Model,
  statuses: readonly LayerStatus[],
  shapes: ReadonlyMap<string, LayerValue>,
  table: LatencyTable,
  options: MeasureSitesOptions,
): Promise<MeasuredSites> {
  const blocks = new Map<string, Block>();
  for (const { layer } of statuses) {
    if (layer.openSizes.length > 0 || !shapes.has(layer.weight)) continue;
    const block = blockModel(model, layer, shapes);
    blocks.set(layer.name, { layer, model: block, key: blockKey(block) });
  }
  const sites = statuses.flatMap(({ site }) => (site && blocks.has(site.layer.name) ? site : []));
  const whole = wholeModel(model, shapes);
  const denseBlocks = [...blocks.values()].map(({ layer, model: block, key }) => ({
    key,
    label: layer.name,
    build: () => block,
  }));
  const ranks = new RankBlocks(blocks);

  const widest = sites.toSorted((a, b) => b.breakEvenRank - a.breakEvenRank || b.layer.macs - a.layer.macs).at(0);
  const staircase = options.offer === 'front' && widest ? await stairs(widest, table, ranks, options) : undefined;
  const candidates = new Map(
    sites.map((site) => {
      const stairRanks =
        site === widest
          ? staircase?.front.map(({ rank }) => rank)
          : staircase && multiplesUpTo(staircase.step, site.breakEvenRank);
      return [
        site.layer.name,
        candidateRanks({ width: site.fullRank, breakEven: site.breakEvenRank, front: stairRanks }),
      ];
    }),
  );
  // In one call, so that they are interleaved: what is compared must have seen the same machine.
  const wanted: WantedBlock[] = [whole, ...denseBlocks];
  for (const site of sites) {
    for (const rank of candidates.get(site.layer.name) ?? []) wanted.push(ranks.wanted(site, rank));
  }
  await table.measureMissing(wanted, options);

  const dense = new Map<string, LatencyEntry>();
  for (const [name, { key }] of blocks) {
    const entry = table.entry(key);
    if (entry) dense.set(name, entry);
  }
  const latencies = new Map<string, SiteLatency>();
  for (const site of sites) {
    const keep = dense.get(site.layer.name);
    if (!keep) continue;
    const points = (candidates.get(site.layer.name) ?? []).map((rank) => rankTime(rank, table, ranks.key(site, rank)));
    // Ranks that are no faster than the layer as it is are not worth their error.
    const offered = options.offer === 'front' ? front(points).filter(({ ms }) => ms < keep.medianMs) : points;
    latencies.set(site.layer.name, { keepMs: keep.medianMs, ranks: offered.map(({ rank, ms }) => ({ rank, ms })) });
  }
  const shown = widest && dense.get(widest.layer.name);
  return {
    whole: entryOf(table, whole.key),
    dense,
    sites: latencies,
    ...(widest &&
      staircase &&
      shown && { staircase: { ...staircase, layer: widest.layer.name, keepMs: shown.medianMs } }),
  };
}

async function stairs(
  site: Site,
  table: LatencyTable,
  ranks: RankBlocks,
  options: MeasureSitesOptions,
): Promise<Staircase> {
  return measureStaircase(site.breakEvenRank, async (wanted) => {
    await table.measureMissing(
      wanted.map((rank) => ranks.wanted(site, rank)),
      options,
    );
    return wanted.map((rank) => rankTime(rank, table, ranks.key(site, rank)));
  });
}

/** The whole model at the sizes of one sample, as a block of its own. */
function wholeModel(model: Model, shapes: ReadonlyMap<string, LayerValue>): WantedBlock & { readonly key: string } {
  const copy = model.clone();
  copy.graph.proto.input = copy.graph.inputs.map((input) => {
    const { type, dims } = shapes.get(input.name) ?? { type: 'float32' as const, dims: [] };
    return makeValueInfo(
      input.name,
      type,
      dims.map((dim) => (typeof dim === 'number' ? dim : 1)),
    );
  });
  copy.graph.changed();
  return { key: choiceKey(blockKey(copy), 'whole'), label: 'whole model', build: () => copy };
}

function entryOf(table: LatencyTable, key: string): LatencyEntry {
  const entry = table.entry(key);
  if (!entry) throw new Error(`The latency table has no entry ${key}.`);
  return entry;
}

function rankTime(rank: number, table: LatencyTable, key: string): RankTime {
  const entry = entryOf(table, key);
  return { rank, ms: entry.medianMs, lowMs: entry.lowMs, highMs: entry.highMs };
}

function multiplesUpTo(step: number, highest: number): number[] {
  return Array.from({ length: Math.floor(highest / step) }, (_, i) => (i + 1) * step);
}

/** Makes the compressed forms of blocks; the factors of a layer serve all its ranks. */
class RankBlocks {
  private readonly factors = new Map<string, Promise<FactorTensors>>();

  constructor(private readonly blocks: ReadonlyMap<string, Block>) {}

  key(site: Site, rank: number): string {
    return choiceKey(this.block(site).key, `${site.method}/${rank}`);
  }

  wanted(site: Site, rank: number): WantedBlock {
    return { key: this.key(site, rank), label: `${site.layer.name} rank ${rank}`, build: () => this.build(site, rank) };
  }

  private async build(site: Site, rank: number): Promise<Model> {
    const { model, key } = this.block(site);
    const method = methodOf(site);
    let factors = this.factors.get(key);
    if (!factors) this.factors.set(key, (factors = method.factors(model, site)));
    const copy = model.clone();
    method.apply(copy, site, { kind: 'rank', rank }, await factors);
    return copy;
  }

  private block(site: Site): Block {
    const block = this.blocks.get(site.layer.name);
    if (!block) throw new Error(`Layer ${site.layer.name} has no block.`);
    return block;
  }
}
