import type { Choice } from '../methods/shared/choice';
import type { MethodId } from '../methods/shared/site';

/** What a budget can be put on. */
export const resources = ['latency', 'macs', 'params', 'bytes'] as const;
export type Resource = (typeof resources)[number];

/** What a layer or a whole model costs for one forward pass at batch 1. */
export interface Costs {
  readonly macs: number;
  readonly params: number;
  readonly bytes: number;
  /** Milliseconds on the device of the latency table; absent when no table was used. */
  readonly latencyMs?: number;
}

/** One option at a site, with what it costs there and what it loses. */
export interface SpaceChoice extends Costs {
  readonly choice: Choice;
  /** Share of the weight's energy that is lost, ||W - W_r||^2 / ||W||^2; 0 for keep. */
  readonly error: number;
}

/** A layer that a method can act on. */
export interface SiteSpace {
  /** The layer's name. */
  readonly site: string;
  readonly method: MethodId;
  /** The smaller of the layer's output and input channels, by which rank ratios are taken. */
  readonly width: number;
  /** Ranks in rising order, then keep; only one rank where the user has fixed it. */
  readonly choices: readonly SpaceChoice[];
  /** What the layer costs as it is; present where keep is not offered. */
  readonly kept?: Costs;
}

/** All sites with their choices, and what the untouched model costs. */
export interface Space {
  readonly sites: readonly SiteSpace[];
  readonly dense: Costs;
}

/** One choice per site, as indices into `SiteSpace.choices`. */
export type Picks = readonly number[];

/** The amount of a resource. Throws when a latency is asked for and no latency table was used. */
export function costOf(costs: Costs, resource: Resource): number {
  if (resource !== 'latency') return costs[resource];
  if (costs.latencyMs === undefined) throw new Error('The space carries no latencies: no latency table was used.');
  return costs.latencyMs;
}

/** Index of keep among a site's choices, or of the only choice of a site whose rank is fixed. Throws for neither. */
export function keepIndex(site: SiteSpace): number {
  const index = site.choices.findIndex(({ choice }) => choice.kind === 'keep');
  if (index < 0 && site.choices.length !== 1) throw new Error(`Site ${site.site} does not offer keep.`);
  return Math.max(0, index);
}

/** What a site's layer costs as it is. */
export function keptCosts(site: SiteSpace): Costs {
  return site.kept ?? site.choices[keepIndex(site)];
}

/** What the whole model costs under these picks: the untouched model with each site's keep exchanged for its pick. */
export function totalCosts(space: Space, picks: Picks): Costs {
  const sum = (of: (costs: Costs) => number): number =>
    space.sites.reduce((total, site, i) => total - of(keptCosts(site)) + of(site.choices[picks[i]]), of(space.dense));
  return {
    macs: sum((costs) => costs.macs),
    params: sum((costs) => costs.params),
    bytes: sum((costs) => costs.bytes),
    ...(space.dense.latencyMs !== undefined && { latencyMs: sum((costs) => costOf(costs, 'latency')) }),
  };
}
