import fc from 'fast-check';

/** A whole number from `low` to `high`. */
export const int = (low: number, high: number): fc.Arbitrary<number> => fc.integer({ min: low, max: high });

/** Dimensions of a small tensor. */
export const dims = (minRank = 1, maxRank = 4): fc.Arbitrary<number[]> =>
  fc.array(int(1, 4), { minLength: minRank, maxLength: maxRank });

/** Dimensions and a valid axis, negative ones included. */
export const dimsAndAxis = (minRank = 1, maxRank = 4): fc.Arbitrary<{ dims: number[]; axis: number }> =>
  dims(minRank, maxRank).chain((drawn) => int(-drawn.length, drawn.length - 1).map((axis) => ({ dims: drawn, axis })));

/** Two lists of dimensions that are broadcast together, either of them the smaller one. */
export const broadcastPair: fc.Arbitrary<readonly [number[], number[]]> = dims(0, 4).chain((full) =>
  fc
    .record({
      a: shrunk(full),
      b: shrunk(full),
    })
    .map(({ a, b }) => [a, b] as const),
);

/** The dimensions with some stretched from 1 and some leading ones left out. */
function shrunk(full: readonly number[]): fc.Arbitrary<number[]> {
  return fc
    .tuple(int(0, full.length), fc.array(fc.boolean(), { minLength: full.length, maxLength: full.length }))
    .map(([skipped, ones]) => full.map((dim, i) => (ones[i] ? 1 : dim)).slice(skipped));
}

/** A random order of 0..n-1. */
export const order = (n: number): fc.Arbitrary<number[]> =>
  fc.shuffledSubarray(
    Array.from({ length: n }, (_, i) => i),
    { minLength: n, maxLength: n },
  );
