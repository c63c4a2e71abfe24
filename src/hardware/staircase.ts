/** The time of a layer at one rank. */
export interface RankTime {
  readonly rank: number;
  readonly ms: number;
  readonly lowMs: number;
  readonly highMs: number;
}

/** Latency against rank: what was measured, the ranks worth having, and the step they follow. */
export interface Staircase {
  readonly points: readonly RankTime[];
  readonly front: readonly RankTime[];
  readonly step: number;
}

/** Two times within this are not told apart even when their intervals are wider. */
const tolerance = 0.03;

/**
 * The ranks worth having: a rank is dropped when a larger one is as fast within the noise. Latency against rank is a
 * saw (a rank that fills the vector registers is faster than the one below it), so this is not a smoothed curve; what is
 * left falls strictly with the rank. Ascending by rank.
 */
export function front(points: readonly RankTime[]): RankTime[] {
  const kept: RankTime[] = [];
  // Compared with what is kept only: else a gentle slope would drop every rank against its neighbour.
  for (const point of [...points].sort((a, b) => b.rank - a.rank)) {
    if (kept.every((larger) => !isAsFast(larger, point))) kept.push(point);
  }
  return kept.reverse();
}

function isAsFast(larger: RankTime, smaller: RankTime): boolean {
  const noise = Math.max(larger.highMs - larger.lowMs, smaller.highMs - smaller.lowMs) / 2;
  return larger.ms <= smaller.ms + Math.min(noise, tolerance * smaller.ms);
}

/** Steps that vector widths and blockings of kernels have. */
const steps = [64, 32, 16, 8, 4, 2] as const;

/** Share of the ranks that must fit a step: single measurements may be off. */
const agreement = 0.75;

/** One dropped rank may be noise. */
const leastEvidence = 2;

/**
 * The step of the staircase: the largest one whose multiples make up the front and between whose multiples ranks were
 * measured and dropped. 1 when no step shows.
 */
export function learnStep(points: readonly RankTime[]): number {
  const good = new Set(front(points).map((point) => point.rank));
  const largest = Math.max(...points.map((point) => point.rank));
  for (const step of steps) {
    // Below one step and at the largest rank measured there is nothing to compare with.
    const ranks = points.map((point) => point.rank).filter((rank) => rank > step && rank < largest);
    const onFront = ranks.filter((rank) => good.has(rank));
    const between = ranks.filter((rank) => rank % step !== 0);
    const fits = onFront.filter((rank) => rank % step === 0).length >= agreement * onFront.length;
    const dropped = between.filter((rank) => !good.has(rank)).length >= agreement * between.length;
    if (between.length >= leastEvidence && fits && dropped) return step;
  }
  return 1;
}

/** How many multiples of the step are measured at most. */
const mostRanks = 12;

/**
 * Measures a staircase with few points: first an even spread and, below two multiples of a large power of two, the
 * distances 1, 2, 4, ... at which a drop can lie; then the multiples of the step that shows.
 * @param maxRank the largest rank of interest
 * @param measureRanks times of ranks, in any order
 */
export async function measureStaircase(
  maxRank: number,
  measureRanks: (ranks: readonly number[]) => Promise<readonly RankTime[]>,
): Promise<Staircase> {
  let points = [...(await measureRanks(firstRanks(maxRank)))];
  for (;;) {
    const step = learnStep(points);
    const known = new Set(points.map((point) => point.rank));
    const next = multiples(step, maxRank).filter((rank) => !known.has(rank));
    if (next.length === 0) {
      points = points.sort((a, b) => a.rank - b.rank);
      return { points, front: front(points), step };
    }
    points.push(...(await measureRanks(next)));
  }
}

/** The first ranks of a staircase: enough to see its step. Ascending. */
export function firstRanks(maxRank: number): number[] {
  const ranks = new Set(multiples(1, maxRank));
  for (const anchor of anchors(maxRank)) {
    ranks.add(anchor);
    ranks.add(anchor + 1);
    for (let distance = 1; distance <= anchor / 2; distance *= 2) ranks.add(anchor - distance);
  }
  return [...ranks].filter((rank) => rank >= 1 && rank <= maxRank).sort((a, b) => a - b);
}

/** The largest power of two up to the rank, and half of it. */
function anchors(maxRank: number): number[] {
  const anchor = 2 ** Math.floor(Math.log2(Math.max(1, maxRank)));
  return anchor >= 4 ? [anchor, anchor / 2] : [anchor];
}

/** Multiples of a step up to the rank, thinned evenly to a dozen; the largest one and the rank itself are among them. */
function multiples(step: number, maxRank: number): number[] {
  const count = Math.floor(maxRank / step);
  const stride = step * Math.max(1, Math.ceil(count / mostRanks));
  const ranks = [];
  for (let rank = count * step; rank > 0; rank -= stride) ranks.push(rank);
  return [...new Set([...ranks, maxRank])];
}
