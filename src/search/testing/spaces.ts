import type { SiteSpace, Space } from '../space';

export interface PlantedSpace {
  /** MACs that no site can change. */
  readonly constant: number;
  /** MACs of the choices of each site: ranks 1, 2, ... (times `step`), keep last. */
  readonly sites: readonly (readonly number[])[];
  /** Errors of the choices; halving from rank to rank when left out. */
  readonly errors?: readonly (readonly number[])[];
  readonly step?: number;
}

/** A space with given costs and errors, layers named `layer0`, `layer1`, ..., and no model behind it. */
export function planted({ constant, sites, errors, step = 1 }: PlantedSpace): { space: Space } {
  const spaces = sites.map((costs, i): SiteSpace => ({
    site: `layer${i}`,
    method: 'svd',
    width: costs.length * step,
    choices: costs.map((macs, a) => {
      const keep = a === costs.length - 1;
      const error = errors?.[i][a] ?? (keep ? 0 : 0.5 ** (a + 1));
      return {
        choice: keep ? { kind: 'keep' } : { kind: 'rank', rank: (a + 1) * step },
        macs,
        params: macs,
        bytes: 4 * macs,
        error,
      };
    }),
  }));
  const macs = sites.reduce((sum, costs) => sum + costs[costs.length - 1], constant);
  return { space: { sites: spaces, dense: { macs, params: macs, bytes: 4 * macs } } };
}
