import { sampleSize, type SampleShape, type Split } from '../../data/dataset';
import { Random } from '../../tensor/random';

/** A split held in memory; `value` gives element `j` of sample `i`, `label` its class. */
export function splitOf(
  length: number,
  sample: SampleShape,
  value: (i: number, j: number) => number,
  label?: { readonly classes: number; readonly of: (i: number) => number },
): Split {
  const size = sampleSize(sample);
  const data = new (sample.type === 'uint8' ? Uint8Array : Float32Array)(length * size);
  for (let k = 0; k < data.length; k++) data[k] = value(Math.floor(k / size), k % size);
  return {
    length,
    sample,
    classes: label?.classes,
    read(indices, x, labels) {
      for (let n = 0; n < indices.length; n++) {
        x.set(data.subarray(indices[n] * size, (indices[n] + 1) * size), n * size);
        if (labels && label) labels[n] = label.of(indices[n]);
      }
    },
  };
}

/** Grey noise on which class k brightens the k-th of four quadrants: separable, but not by a single pixel. */
export function quadrants(length: number, size: number, seed: number): Split {
  const random = Random.of(seed);
  const sample: SampleShape = { dims: [1, size, size], type: 'uint8' };
  return splitOf(
    length,
    sample,
    (i, j) => {
      const quadrant = 2 * Number(Math.floor(j / size) >= size / 2) + Number(j % size >= size / 2);
      return Math.floor(random.uniform() * 160) + (quadrant === i % 4 ? 80 : 0);
    },
    { classes: 4, of: (i) => i % 4 },
  );
}
