import type { Choice } from '../methods/shared/choice';
import type { Factors, Method } from '../methods/shared/method';
import type { LayerStatus, Site } from '../methods/shared/site';
import type { Model } from '../onnx/model';
import type { Products } from '../tensor/products';
import { candidateRanks } from './candidateRanks';
import type { Costs, SiteSpace, Space } from './space';

/** A site with what its method needs to act on it. */
export interface SearchSite {
  readonly site: Site;
  readonly method: Method;
  /** Complete factors of the layer's weight. */
  readonly factors: Factors;
}

/** Measured or estimated times of one layer. */
export interface SiteLatency {
  /** Milliseconds of the layer as it is. */
  readonly keepMs: number;
  /** The front of the latency saw: ranks worth offering, with the milliseconds of the factored layer. */
  readonly ranks: readonly { readonly rank: number; readonly ms: number }[];
}

export interface SpaceOptions {
  /** What the whole untouched model costs; with latencies, its latency as the table adds it up. */
  readonly dense: Costs;
  readonly methodOf: (site: Site) => Method;
  /** By layer name; a layer without an entry is left out of the space as soon as any has one. */
  readonly latencies?: ReadonlyMap<string, SiteLatency>;
  /** Ranks offered at a site at most, keep not counted. */
  readonly ranks?: number;
  /** Step between ranks where no latencies are given; one that goes with the layer's width when left out. */
  readonly step?: number;
  /** Ranks that are fixed, by layer name: the only choice there. */
  readonly pinned?: Readonly<Record<string, number>>;
  readonly products?: Products;
}

/** A space, with the sites it was made from in the same order. */
export interface SearchSpace {
  readonly space: Space;
  readonly sites: readonly SearchSite[];
}

/**
 * The space of a model: every compressible layer with its candidate ranks and keep. Layers at which nothing pays are
 * left out. Fits the factors of every site, which takes seconds on wide layers.
 */
export async function buildSpace(
  model: Model,
  statuses: readonly LayerStatus[],
  options: SpaceOptions,
): Promise<SearchSpace> {
  const sites: SearchSite[] = [];
  const spaces: SiteSpace[] = [];
  for (const { site } of statuses) {
    const latency = site && options.latencies?.get(site.layer.name);
    if (!site || (options.latencies && !latency)) continue;
    const method = options.methodOf(site);
    const factors = await method.factors(model, site, options.products);
    const width = Math.min(factors.u.dims[0], factors.v.dims[0]);
    const pinned = options.pinned?.[site.layer.name];
    const ranks =
      pinned !== undefined
        ? [pinned]
        : candidateRanks({
            width,
            breakEven: site.breakEvenRank,
            front: latency?.ranks.map(({ rank }) => rank),
            limit: options.ranks,
            step: options.step,
          });
    if (ranks.length === 0) continue;
    const keep: Choice = { kind: 'keep' };
    const choices: Choice[] = ranks.map((rank) => ({ kind: 'rank', rank }));
    if (pinned === undefined) choices.push(keep);
    const costs = (choice: Choice): Costs => ({
      ...method.cost(site, choice),
      ...(latency && { latencyMs: latencyOf(latency, choice) }),
    });
    spaces.push({
      site: site.layer.name,
      method: site.method,
      width,
      choices: choices.map((choice) => ({
        choice,
        ...costs(choice),
        error: method.relativeError(site, factors, choice) ** 2,
      })),
      ...(pinned !== undefined && { kept: costs(keep) }),
    });
    sites.push({ site, method, factors });
  }
  return { space: { sites: spaces, dense: options.dense }, sites };
}

function latencyOf({ keepMs, ranks }: SiteLatency, choice: Choice): number {
  if (choice.kind === 'keep') return keepMs;
  const entry = ranks.find(({ rank }) => rank === choice.rank);
  if (!entry) throw new Error(`The latency table has no entry for rank ${choice.rank}.`);
  return entry.ms;
}
