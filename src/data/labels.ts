import type { Column } from './columns';
import { DataError } from './errors';

/** More classes than this are no labels but something else: ids, measurements. */
const mostClasses = 1 << 16;

/** The largest label of a column. Throws a DataError for values that are no labels: negative, fractional or huge. */
export function largestLabel(path: string, labels: Column): number {
  const value = new Float64Array(1);
  let largest = 0;
  for (let i = 0; i < labels.length; i++) {
    labels.read(i, value, 0);
    if (!Number.isInteger(value[0]) || value[0] < 0 || value[0] >= mostClasses) {
      throw new DataError(
        `Label ${i} of ${path} is ${value[0]}.`,
        'Labels are whole numbers, 0 for the first class; one-hot rows have to be turned to numbers first.',
      );
    }
    largest = Math.max(largest, value[0]);
  }
  return largest;
}
