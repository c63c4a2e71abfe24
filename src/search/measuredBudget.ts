import { InfeasibleBudgetError } from './errors';
import type { Picks } from './space';

/** What the latency table makes of a limit. */
export interface TableChoice {
  /** Picks that the table calls within a limit; throws an InfeasibleBudgetError when there are none. */
  choose(limit: number): Picks;
  /** What the table says that picks cost. */
  cost(picks: Picks): number;
}

/** Cost of the whole model under picks as it is measured, in the budget's unit. */
export type MeasuredCost = (picks: Picks) => Promise<number>;

/** Plans that are measured at most: each brings the limit given to the table nearer to the one that holds in truth. */
const rounds = 4;

/** Measured costs within this of the limit are on it: repetitions do not agree any better. */
const tolerance = 0.02;

/** Picks and what they cost as it was measured. */
export interface Measured {
  readonly picks: Picks;
  readonly cost: number;
}

/**
 * Picks whose measured cost is within the limit and near it. The sum of a latency table is not the time of a model:
 * what the table calls within the limit is measured, and chosen again under a limit that is smaller or larger in
 * proportion. When no picks are found that hold in truth, those with the least measured cost.
 * Throws an InfeasibleBudgetError when the table knows no picks within the limit.
 * @param firstTableLimit what the table is asked first: the limit itself, or one that is known to suit better
 */
export async function chooseMeasured(
  table: TableChoice,
  limit: number,
  measured: MeasuredCost,
  firstTableLimit = limit,
): Promise<Measured> {
  const tried: Measured[] = [];
  let tableLimit = firstTableLimit;
  for (let round = 0; round < rounds; round++) {
    const picks = chosen(table, tableLimit, round === 0);
    if (!picks || tried.some((other) => same(other.picks, picks))) break;
    const cost = await measured(picks);
    tried.push({ picks, cost });
    if (Math.abs(cost / limit - 1) <= tolerance) break;
    // Under the limit's own cost in the table, or the same picks would come again.
    tableLimit = (cost > limit ? table.cost(picks) : tableLimit) * (limit / cost);
  }
  const within = tried.filter(({ cost }) => cost <= limit * (1 + tolerance));
  return within.length > 0 ? largest(within, 1) : largest(tried, -1);
}

/**
 * The limit that the table is to be given so that its picks cost the true limit, as measured on those that it chooses. A
 * search that trains what it chooses aims at this one: corrected only afterwards, it would hand over picks that it had
 * hardly trained. Throws as `chooseMeasured` does.
 */
export async function calibratedLimit(table: TableChoice, limit: number, measured: MeasuredCost): Promise<number> {
  const { picks, cost } = await chooseMeasured(table, limit, measured);
  return table.cost(picks) * (limit / cost);
}

/** The first choice says what is wrong with a limit; a later one that can't be met only ends the correction. */
function chosen(table: TableChoice, limit: number, first: boolean): Picks | undefined {
  try {
    return table.choose(limit);
  } catch (error) {
    if (first || !InfeasibleBudgetError.is(error)) throw error;
    return undefined;
  }
}

function same(a: Picks, b: Picks): boolean {
  return a.every((pick, i) => pick === b[i]);
}

function largest(tried: readonly Measured[], sign: 1 | -1): Measured {
  return tried.reduce((best, other) => (sign * other.cost > sign * best.cost ? other : best));
}
