/** At most this many ranks are offered at a site: the relative spacing of the published search spaces (5 to 7 entries). */
export const mostRanks = 8;

export interface CandidateOptions {
  /** The smaller of the layer's output and input channels. */
  readonly width: number;
  /** Ranks above this cost as much as the dense layer. */
  readonly breakEven: number;
  /** Ranks on the front of the measured latency saw; left out, multiples of a step that goes with the width are taken. */
  readonly front?: readonly number[];
  readonly limit?: number;
  /** Step between ranks where no front was measured; one that goes with the width when left out. */
  readonly step?: number;
}

/**
 * Ranks worth offering at a site, rising: those of the latency front where it was measured, multiples of the default
 * step elsewhere, none above the break-even rank, thinned evenly to `limit` (docs/haloc.md, Candidates). Empty when nothing pays.
 */
export function candidateRanks({ width, breakEven, front, limit = mostRanks, step }: CandidateOptions): number[] {
  const highest = Math.min(width, Math.floor(breakEven));
  const ranks = front ? [...new Set(front)] : multiples(step ?? defaultStep(width), highest);
  const offered = ranks.filter((rank) => rank >= 1 && rank <= highest).sort((a, b) => a - b);
  return thin(offered, limit);
}

/** Step between ranks by layer width: an eighth of the width or a little more, which gives seven ranks or fewer. */
export function defaultStep(width: number): number {
  if (width <= 8) return 1; // every rank is a different shape
  if (width <= 16) return 2;
  if (width <= 32) return 4;
  if (width <= 64) return 8;
  if (width <= 128) return 16;
  if (width <= 256) return 32;
  return 64;
}

function multiples(step: number, highest: number): number[] {
  return Array.from({ length: Math.floor(highest / step) }, (_, i) => (i + 1) * step);
}

/** At most `limit` entries, spread evenly, the first and the last among them. */
function thin(ranks: readonly number[], limit: number): number[] {
  if (ranks.length <= limit) return [...ranks];
  if (limit === 1) return [ranks[ranks.length - 1]];
  return Array.from({ length: limit }, (_, i) => ranks[Math.round((i * (ranks.length - 1)) / (limit - 1))]);
}
