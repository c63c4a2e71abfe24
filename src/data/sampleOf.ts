import type { Split } from './dataset';
import { shuffledOrder } from './shuffle';

/** At most `count` samples of a split, drawn by the seed; the split itself when it has no more. */
export function sampleOf(split: Split, count: number, seed: number): Split {
  if (count >= split.length) return split;
  const chosen = shuffledOrder(split.length, seed).slice(0, count).sort();
  return {
    length: count,
    sample: split.sample,
    ...(split.classes !== undefined && { classes: split.classes }),
    read: (indices, x, labels) =>
      split.read(
        Uint32Array.from(indices, (index) => chosen[index]),
        x,
        labels,
      ),
  };
}
