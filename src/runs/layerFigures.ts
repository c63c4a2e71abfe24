import { methodOf } from '../methods/registry';
import { choiceOf, type Plan } from '../search/plan';
import type { CompressionJob } from './compressionJob';
import type { Space } from '../search/space';
import type { LayerFigures } from '../protocol/figures';
import type { Latencies } from './spaceStage';

/** One row per layer: what it was, what it became, and where the times come from. */
export function layerFigures(
  job: CompressionJob,
  latencies: Latencies,
  space: Space,
  plan: Plan,
  accepted: boolean,
): LayerFigures[] {
  return job.statuses.map(({ layer, status, reason, site }) => {
    const denseMs = latencies.dense[layer.name];
    const kept: LayerFigures = {
      name: layer.name,
      op: layer.op,
      status,
      reason: status === 'compressible' && accepted ? 'Kept by the search.' : reason,
      fullRank: site?.fullRank,
      denseMs,
      newMs: denseMs,
      origin: denseMs === undefined ? 'estimated' : 'table',
      macsBefore: layer.macs,
      macsAfter: layer.macs,
      paramsBefore: layer.params,
      paramsAfter: layer.params,
    };
    const choice = choiceOf(plan, layer.name);
    if (!site || !accepted || choice.kind === 'keep') return kept;
    const cost = methodOf(site).cost(site, choice);
    const known = latencies.sites[layer.name]?.ranks.find(({ rank }) => rank === choice.rank);
    return {
      ...kept,
      reason: 'Rank chosen by the search.',
      rank: choice.rank,
      newMs: known?.ms,
      error: relativeError(space, layer.name, choice.rank),
      macsAfter: cost.macs,
      paramsAfter: cost.params,
    };
  });
}

/** ||W - W_r|| / ||W|| of a layer's weight before training. */
function relativeError({ sites }: Space, layer: string, rank: number): number | undefined {
  const choices = sites.find(({ site }) => site === layer)?.choices;
  const error = choices?.find(({ choice }) => choice.kind === 'rank' && choice.rank === rank)?.error;
  return error === undefined ? undefined : Math.sqrt(error);
}
