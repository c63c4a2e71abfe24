import { Tensor } from '../values/tensor';
import { Native, Tuple, type Value } from '../values/values';

/** Images for training and for tests, one image, and the labels of one. */
const sets: Readonly<Record<string, readonly [number, number, readonly number[], readonly number[]]>> = {
  mnist: [60_000, 10_000, [28, 28], []],
  fashion_mnist: [60_000, 10_000, [28, 28], []],
  cifar10: [50_000, 10_000, [32, 32, 3], [1]],
  cifar100: [50_000, 10_000, [32, 32, 3], [1]],
};

/** `keras.datasets.mnist` and its like: `load_data()` gives arrays of known sizes. */
export const dataSets: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  'keras.datasets': {},
  ...Object.fromEntries(
    Object.entries(sets).map(([name, [train, test, image, label]]) => {
      const part = (count: number): Tuple =>
        new Tuple([new Tensor([count, ...image]), new Tensor([count, ...label], 'int64')]);
      return [
        `keras.datasets.${name}`,
        { load_data: new Native('load_data', () => new Tuple([part(train), part(test)])) },
      ];
    }),
  ),
};
