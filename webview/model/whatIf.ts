import type { LayerFigures, Origin } from '../../src/protocol/figures';
import type { LayerDetail, LayerSummary, ModelSummary } from '../../src/protocol/model';
import type { LayerStaircase, LayerTime, ModelTimes } from '../../src/protocol/times';

/** A time and how it came about. */
export interface Time {
  readonly ms: number;
  readonly origin: Origin;
  /** Present when it was measured. */
  readonly low?: number;
  readonly high?: number;
  /** How an estimate came about: between two measured ranks, or in proportion to the MACs. */
  readonly by?: 'interpolation' | 'macs';
}

/** What a layer costs in a form. What is not known is left out. */
export interface LayerCost {
  readonly time?: Time;
  /** ||W - W_r|| / ||W|| */
  readonly error?: number;
  /** The error is at most that: the layer is too wide for a full decomposition. */
  readonly errorIsBound?: boolean;
  readonly macs?: number;
  readonly params?: number;
  readonly bytes?: number;
}

/** What the page knows of a layer. */
export interface Known {
  readonly layer: LayerSummary;
  readonly time?: LayerTime;
  readonly staircase?: LayerStaircase;
  readonly detail?: LayerDetail;
}

/** The cost of a layer at a rank, or as it is when there is none. */
export function costAt(known: Known, rank: number | undefined): LayerCost {
  const { layer, detail, time } = known;
  if (rank === undefined) {
    const { macs, params, bytes } = layer;
    return { macs, params, bytes, error: 0, time: time && { ...time } };
  }
  const table = detail?.byRank;
  return {
    time: timeAt(known, rank),
    error: table?.error[rank],
    ...(table?.boundFrom !== undefined && rank >= table.boundFrom && { errorIsBound: true }),
    macs: table?.macs[rank],
    params: table?.params[rank],
    bytes: table?.bytes[rank],
  };
}

/**
 * The time at a rank: from the table where it was measured; an estimate in a straight line between two measured ranks,
 * and in proportion to the MACs beyond them. Latency against rank is a saw, so an estimate may be well off.
 */
export function timeAt({ layer, time, staircase, detail }: Known, rank: number): Time | undefined {
  const points = staircase?.points ?? [];
  const above = points.findIndex((point) => point.rank >= rank);
  const next = points.at(above);
  if (above >= 0 && next?.rank === rank) return { ms: next.ms, low: next.low, high: next.high, origin: 'table' };
  if (above > 0 && next) {
    const before = points[above - 1];
    const share = (rank - before.rank) / (next.rank - before.rank);
    return { ms: before.ms + share * (next.ms - before.ms), origin: 'estimated', by: 'interpolation' };
  }
  const macsAt = detail?.byRank?.macs;
  if (!macsAt) return undefined;
  const anchor = above === 0 ? points[0] : points.at(-1);
  if (anchor) return { ms: (anchor.ms * macsAt[rank]) / macsAt[anchor.rank], origin: 'estimated', by: 'macs' };
  return time && { ms: (time.ms * macsAt[rank]) / layer.macs, origin: 'estimated', by: 'macs' };
}

export interface Totals {
  readonly macs: number;
  readonly params: number;
  readonly bytes: number;
  readonly time?: Time;
}

/** A layer whose form is to change, and what it will cost. */
export interface PlannedLayer {
  readonly known: Known;
  readonly cost: LayerCost;
}

/** The whole model as it is and as planned; no plan as long as a figure of a planned layer is not known. */
export interface ModelPlan {
  readonly now: Totals;
  readonly planned?: Totals;
}

/**
 * The model with some layers at a rank. Its time is an estimate: the measured time of the whole, less what the table
 * says the layers save. The runtime fuses and overlaps layers, so savings are scaled down where the whole is faster than
 * the sum of its layers.
 */
export function modelPlan(
  summary: ModelSummary,
  times: ModelTimes | undefined,
  plannedLayers: readonly PlannedLayer[],
): ModelPlan {
  const whole: Time | undefined = times && {
    ms: times.latencyMs,
    low: times.latency.low,
    high: times.latency.high,
    origin: 'measured',
  };
  const now = { ...summary.totals, time: whole };
  if (plannedLayers.length === 0) return { now };
  let { macs, params, bytes } = summary.totals;
  let savedMs: number | undefined = 0;
  for (const { known, cost: after } of plannedLayers) {
    if (after.macs === undefined || after.params === undefined || after.bytes === undefined) return { now };
    macs += after.macs - known.layer.macs;
    params += after.params - known.layer.params;
    bytes += after.bytes - known.layer.bytes;
    if (known.time && after.time && savedMs !== undefined) savedMs += known.time.ms - after.time.ms;
    else savedMs = undefined;
  }
  const scale = times ? Math.min(1, times.table.wholeMs / times.table.sumMs) : 1;
  const time: Time | undefined =
    whole && savedMs !== undefined ? { ms: Math.max(0, whole.ms - scale * savedMs), origin: 'estimated' } : undefined;
  return { now, planned: { macs, params, bytes, time } };
}

/** The cost of a layer at the rank that a run gave it, by the run's report: no detail of the layer is needed. */
export function costInReport(known: Known, figures: LayerFigures): LayerCost {
  const { rank, newMs, origin, error, macsAfter, paramsAfter, paramsBefore } = figures;
  return {
    time: newMs !== undefined ? { ms: newMs, origin } : rank === undefined ? undefined : timeAt(known, rank),
    error,
    macs: macsAfter,
    params: paramsAfter,
    bytes: (known.layer.bytes * paramsAfter) / paramsBefore,
  };
}

/** Share of the weight's energy (squared Frobenius norm) that a rank keeps. */
export function keptEnergy(error: number): number {
  return Math.max(0, 1 - error * error);
}
