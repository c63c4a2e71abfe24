import type { MixedRank } from './method';

/**
 * Which entries of a Tucker core each choice keeps: row a holds, for all (x, y) of the core row by row, 1 where
 * max(x, y) < r_a and 0 elsewhere. With probabilities p, `p patterns` is the mask M[x, y] = Σ_{a: r_a > max(x, y)} p_a
 * (x and y from 0), for which Σ_a p_a W^a = (M ∘ G) ×_O U ×_I V.
 * @returns `[A, ro * ri]`
 */
export function corePatterns(ranks: readonly MixedRank[], ro: number, ri: number): Float64Array {
  const patterns = new Float64Array(ranks.length * ro * ri);
  for (const [a, rank] of ranks.entries()) {
    const reach = rank === 'keep' ? Infinity : rank;
    for (let x = 0; x < Math.min(reach, ro); x++) {
      const at = (a * ro + x) * ri;
      patterns.fill(1, at, at + Math.min(reach, ri));
    }
  }
  return patterns;
}

/** The largest rank that a mixture needs: all of the factors when keep is among its choices. */
export function largestRank(ranks: readonly MixedRank[]): number {
  return Math.max(...ranks.map((rank) => (rank === 'keep' ? Infinity : rank)));
}
