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

/** Vector widths and blockings of kernels give steps up to this. */
const largestStep = 64;

/**
 * The step of the staircase, a power of two: it is doubled as long as the ranks halfway between its doubles are no
 * faster than a larger one (rank 24 than 32, 40 than 48: then the step is not 8 but 16). 1 when no step shows.
 */
export function learnStep(points: readonly RankTime[]): number {
  const measured = new Set(points.map((point) => point.rank));
  let step = 1;
  while (step < largestStep) {
    let dropped = 0;
    let kept = 0;
    for (const point of points) {
      if (point.rank % (2 * step) !== step || !measured.has(point.rank + step)) continue;
      if (points.some((larger) => larger.rank > point.rank && isAsFast(larger, point))) dropped++;
      else kept++;
    }
    // Single measurements may be off, in either direction.
    if (dropped <= 2 * kept) break;
    step *= 2;
  }
  return step;
}

/** Whether the points can tell a step from none: somewhere an odd rank and the next one were both measured. */
export function tellsStep(points: readonly RankTime[]): boolean {
  const measured = new Set(points.map((point) => point.rank));
  return points.some(({ rank }) => rank % 2 === 1 && measured.has(rank + 1));
}

/** How many multiples of the step are measured at most. */
const mostRanks = 12;

/**
 * Measures a staircase with few points: first the distances 1, 2, 4, ... below multiples of a large power of two, at
 * which the drops must lie; then the multiples of the step that shows. The front consists of such multiples and the
 * largest rank.
 * @param maxRank the largest rank of interest
 * @param measureRanks times of ranks, in any order
 */
export async function measureStaircase(
  maxRank: number,
  measureRanks: (ranks: readonly number[]) => Promise<readonly RankTime[]>,
): Promise<Staircase> {
  const points = [...(await measureRanks(firstRanks(maxRank)))];
  for (;;) {
    const step = learnStep(points);
    const known = new Set(points.map((point) => point.rank));
    const next = multiples(step, maxRank).filter((rank) => !known.has(rank));
    if (next.length === 0) {
      points.sort((a, b) => a.rank - b.rank);
      const candidates = points.filter(({ rank }) => rank % step === 0 || rank === maxRank);
      return { points, front: front(candidates), step };
    }
    points.push(...(await measureRanks(next)));
  }
}

/** Steps show as well at small ranks, which are quicker to measure. */
const largestAnchor = 2 * largestStep;

/** The first ranks of a staircase: enough to see its step. Ascending. */
export function firstRanks(maxRank: number): number[] {
  const anchor = Math.min(largestAnchor, 2 ** Math.floor(Math.log2(maxRank)));
  const ranks = new Set([maxRank, anchor]);
  for (const multiple of [anchor, (anchor * 3) / 4, anchor / 2]) {
    ranks.add(multiple);
    // No further than to the next multiple of a power of two that this one is not a multiple of.
    for (let distance = 1; multiple % (2 * distance) === 0; distance *= 2) ranks.add(multiple - distance);
  }
  return [...ranks].filter((rank) => rank >= 1 && Number.isInteger(rank)).sort((a, b) => a - b);
}

/** Multiples of a step up to the rank, thinned evenly to a dozen; the largest one and the rank itself are among them. */
function multiples(step: number, maxRank: number): number[] {
  const count = Math.floor(maxRank / step);
  const stride = step * Math.max(1, Math.ceil(count / mostRanks));
  const ranks = [maxRank];
  for (let rank = count * step; rank > 0; rank -= stride) ranks.push(rank);
  return [...new Set(ranks)];
}
