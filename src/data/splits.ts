import { checkRead, type LabelledSplit } from './columns';
import { DataError } from './errors';
import { shuffledOrder } from './shuffle';

/** Splits one after the other as one. Throws a DataError when their samples differ in shape or type. */
export function concatenate(splits: readonly LabelledSplit[]): LabelledSplit {
  const [first] = splits;
  if (splits.length === 1) return first;
  const describe = ({ sample, classes }: LabelledSplit): string =>
    `${sample.dims.join('x')} ${sample.type} ${classes === undefined ? 'without labels' : 'with labels'}`;
  const other = splits.find((split) => describe(split) !== describe(first));
  if (other) {
    throw new DataError(
      `The parts of the data set do not go together: ${describe(first)} and ${describe(other)}.`,
      'Choose parts of the same kind.',
    );
  }
  const starts: number[] = [];
  let length = 0;
  for (const split of splits) {
    starts.push(length);
    length += split.length;
  }
  const values = first.sample.dims[0] * first.sample.dims[1] * first.sample.dims[2];
  const at = [0];
  const locate = (index: number): LabelledSplit => {
    let k = splits.length - 1;
    while (starts[k] > index) k--;
    at[0] = index - starts[k];
    return splits[k];
  };
  return {
    length,
    sample: first.sample,
    ...(first.classes !== undefined && { classes: Math.max(...splits.map((split) => split.classes ?? 0)) }),
    read(indices, x, labels) {
      checkRead(this, indices, x, labels);
      for (let i = 0; i < indices.length; i++)
        locate(indices[i]).read(at, x.subarray(i * values, (i + 1) * values), labels?.subarray(i, i + 1));
    },
    readLabels(indices, labels) {
      for (let i = 0; i < indices.length; i++) locate(indices[i]).readLabels(at, labels.subarray(i, i + 1));
    },
  };
}

/** Some samples of a split, in the order of `indices`. */
export function subset(split: LabelledSplit, indices: Uint32Array): LabelledSplit {
  const inner = (outer: ArrayLike<number>): Uint32Array => Uint32Array.from(outer, (index) => indices[index]);
  return {
    length: indices.length,
    sample: split.sample,
    ...(split.classes !== undefined && { classes: split.classes }),
    read(outer, x, labels) {
      checkRead(this, outer, x, labels);
      split.read(inner(outer), x, labels);
    },
    readLabels: (outer, labels) => split.readLabels(inner(outer), labels),
  };
}

/**
 * Parts a split in two, the second with `fraction` of the samples, and of those of every class as near as whole numbers
 * come. Which samples go where depends on the seed only; both parts keep the order of the split.
 */
export function stratifiedSplit(split: LabelledSplit, fraction: number, seed: number): [LabelledSplit, LabelledSplit] {
  const { length, classes } = split;
  const labels = new Int32Array(length);
  if (classes !== undefined)
    split.readLabels(
      Uint32Array.from({ length }, (_, i) => i),
      labels,
    );
  const counts = new Uint32Array(classes ?? 1);
  for (const label of labels) counts[label]++;
  const wanted = shares(counts, fraction, seed);
  const second = new Uint8Array(length);
  for (const index of shuffledOrder(length, seed)) {
    if (wanted[labels[index]] === 0) continue;
    wanted[labels[index]]--;
    second[index] = 1;
  }
  const chosen = (which: number): Uint32Array => {
    const indices = new Uint32Array(second.reduce((n, flag) => n + (flag === which ? 1 : 0), 0));
    let n = 0;
    for (let i = 0; i < length; i++) if (second[i] === which) indices[n++] = i;
    return indices;
  };
  return [subset(split, chosen(0)), subset(split, chosen(1))];
}

/** `fraction` of every count, rounded so that their sum is `fraction` of all: the largest remainders are rounded up. */
function shares(counts: Uint32Array, fraction: number, seed: number): number[] {
  const exact = Array.from(counts, (count) => count * fraction);
  const result = exact.map(Math.floor);
  const total = Math.round(exact.reduce((sum, share) => sum + share, 0));
  const missing = total - result.reduce((sum, share) => sum + share, 0);
  // Equal remainders are as good as each other; the seed decides, so that small labels have no advantage.
  const order = [...shuffledOrder(counts.length, seed)].sort((a, b) => exact[b] - result[b] - (exact[a] - result[a]));
  for (const label of order.slice(0, missing)) result[label]++;
  return result;
}
