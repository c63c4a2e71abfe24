import type { DataFile } from './dataFile';
import type { SampleShape, Split } from './dataset';
import { DataError } from './errors';

/** Rows of equally many numbers, read one at a time: the samples of a file, or its labels. */
export interface Column {
  readonly length: number;
  /** Numbers in a row. */
  readonly width: number;
  readonly type: SampleShape['type'];
  /** Writes row `index` to `target` from position `at` on. */
  read(index: number, target: NumberArray, at: number): void;
}

export type NumberArray = Uint8Array | Float32Array | Float64Array | Int32Array;

/** A split whose labels can be read alone. */
export interface LabelledSplit extends Split {
  readLabels(indices: ArrayLike<number>, labels: Int32Array): void;
}

/** Bytes at `offset + index * stride` of a file. */
export function byteColumn(
  file: DataFile,
  { offset, stride, width, length }: { offset: number; stride: number; width: number; length: number },
): Column {
  const row = new Uint8Array(width);
  return {
    length,
    width,
    type: 'uint8',
    read(index, target, at) {
      const place = offset + index * stride;
      if (target instanceof Uint8Array) file.read(place, target.subarray(at, at + width));
      else {
        file.read(place, row);
        target.set(row, at);
      }
    },
  };
}

export interface ColumnSplitOptions {
  /** Where the samples come from, for messages. */
  readonly path: string;
  readonly dims: SampleShape['dims'];
  readonly samples: Column;
  readonly labels?: Column;
  readonly classes?: number;
}

/** A split whose samples and labels stand in columns. Labels are checked against `classes` whenever they are read. */
export function columnSplit({ path, dims, samples, labels, classes }: ColumnSplitOptions): LabelledSplit {
  const label = new Float64Array(1);
  const readLabels = (indices: ArrayLike<number>, target: Int32Array): void => {
    if (!labels || classes === undefined) throw noLabels(path);
    for (let i = 0; i < indices.length; i++) {
      labels.read(indices[i], label, 0);
      target[i] = label[0];
      if (target[i] !== label[0] || target[i] < 0 || target[i] >= classes) {
        throw new DataError(
          `Sample ${indices[i]} of ${path} has the label ${label[0]}, where labels run from 0 to ${classes - 1}.`,
          'Labels are whole numbers, 0 for the first class; check that the file is of this format.',
        );
      }
    }
  };
  return {
    length: samples.length,
    sample: { dims, type: samples.type },
    ...(labels && { classes }),
    read(indices, x, target) {
      checkRead(this, indices, x, target);
      for (let i = 0; i < indices.length; i++) samples.read(indices[i], x, i * samples.width);
      if (target) readLabels(indices, target);
    },
    readLabels,
  };
}

/** Throws for arguments of `Split.read` that do not fit the split. */
export function checkRead(
  { length, sample }: Split,
  indices: ArrayLike<number>,
  x: Uint8Array | Float32Array,
  labels?: Int32Array,
): void {
  const values = indices.length * sample.dims[0] * sample.dims[1] * sample.dims[2];
  if (x.length < values) throw new RangeError(`${indices.length} samples need ${values} values, not ${x.length}.`);
  if (labels && labels.length < indices.length)
    throw new RangeError(`${indices.length} samples need as many labels, not ${labels.length}.`);
  if (sample.type === 'float32' && !(x instanceof Float32Array))
    throw new TypeError('Samples of float32 are read into a Float32Array.');
  for (let i = 0; i < indices.length; i++) {
    if (!Number.isInteger(indices[i]) || indices[i] < 0 || indices[i] >= length)
      throw new RangeError(`There is no sample ${indices[i]} among ${length}.`);
  }
}

export function noLabels(path: string): DataError {
  return new DataError(`The samples of ${path} have no labels.`, 'Use data with labels, or a task that needs none.');
}
