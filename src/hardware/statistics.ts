/** Robust statistics for times: medians and intervals that assume nothing of the distribution. */

/** A median with the interval that contains the true one with the stated confidence. */
export interface Interval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The quantile at `p` in [0, 1], by linear interpolation between order statistics. Throws when there are no values. */
export function quantile(values: readonly number[], p: number): number {
  if (values.length === 0) throw new RangeError('There is no quantile of no values.');
  const sorted = ascending(values);
  const at = p * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  const above = sorted[Math.ceil(at)];
  return below === above ? below : below + (above - below) * (at - Math.floor(at));
}

/** The middle value, or the mean of the two in the middle. Throws when there are no values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Above this count the binomial distribution is its normal approximation to within a rank. */
const exactBinomial = 200;

/** 97.5 % quantile of the standard normal distribution. */
const normal975 = 1.959964;

/**
 * The median with its 95 % interval between two order statistics (the sign test's: distribution-free). Fewer than six
 * values can't give 95 %: their interval is their whole range.
 */
export function medianInterval(values: readonly number[]): Interval {
  const sorted = ascending(values);
  const rank = Math.max(1, lowerRank(sorted.length));
  return { median: median(values), low: sorted[rank - 1], high: sorted[sorted.length - rank] };
}

/** Width of an interval relative to its median. */
export function relativeWidth({ median: middle, low, high }: Interval): number {
  return (high - low) / middle;
}

/**
 * One interval from several sessions, whose differences are larger than the noise within them: the median of their
 * medians, and the range that all their intervals lie in.
 */
export function acrossSessions(sessions: readonly Interval[]): Interval {
  return {
    median: median(sessions.map((session) => session.median)),
    low: Math.min(...sessions.map((session) => session.low)),
    high: Math.max(...sessions.map((session) => session.high)),
  };
}

/** The largest rank k for which [x_(k), x_(n+1-k)] holds the median with 95 %: P(Binomial(n, 1/2) < k) <= 2.5 %. */
function lowerRank(n: number): number {
  if (n > exactBinomial) return Math.floor((n + 1 - normal975 * Math.sqrt(n)) / 2);
  let probability = 2 ** -n;
  let below = 0;
  for (let k = 0; k <= n; k++) {
    below += probability;
    if (below > 0.025) return k;
    probability *= (n - k) / (k + 1);
  }
  return n;
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
