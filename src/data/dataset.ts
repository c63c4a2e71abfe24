/** What every data set looks like to the rest of the program, whatever the format of its files. */

/** One sample as the files hold it. Images are planes: channels, height, width; `uint8` samples run from 0 to 255. */
export interface SampleShape {
  /** [C, H, W] */
  readonly dims: readonly [channels: number, height: number, width: number];
  readonly type: 'uint8' | 'float32';
}

/** A fixed sequence of samples that is read by index; the samples themselves stay on disk. */
export interface Split {
  readonly length: number;
  readonly sample: SampleShape;
  /** Labels are integers in [0, classes); left out when the samples have no labels. */
  readonly classes?: number;
  /**
   * Reads samples in the order of `indices`.
   * @param x receives n x C x H x W values, planes first. `uint8` samples may be read into a Float32Array (values
   *   0..255); `float32` samples need one.
   * @param labels receives n labels when it is given
   * Throws a RangeError for an index outside [0, length) or an array that is too short, and a DataError when the file
   * can't be read or holds a label that is out of range.
   */
  read(indices: ArrayLike<number>, x: Uint8Array | Float32Array, labels?: Int32Array): void;
}

export interface Dataset {
  readonly name: string;
  readonly train: Split;
  readonly validation: Split;
  readonly test?: Split;
  /** Names of the classes, in label order, where the data set has them. */
  readonly classNames?: readonly string[];
  /** Closes the files; its splits can't be read afterwards. */
  close(): void;
}

/** Number of values of one sample: C x H x W. */
export function sampleSize({ dims }: SampleShape): number {
  return dims[0] * dims[1] * dims[2];
}
