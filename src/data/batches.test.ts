import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchCount, batches, indexBatches } from './batches';
import { openDataset } from './openDataset';

describe('batches of indices', () => {
  it('have every sample once in an epoch, but for a last batch that is dropped', () => {
    fc.assert(
      fc.property(
        fc.nat(70),
        fc.integer({ min: 1, max: 20 }),
        fc.nat(),
        fc.boolean(),
        (length, size, seed, dropLast) => {
          const options = { size, seed, dropLast };
          const made = [...indexBatches(length, options)];
          const all = made.flatMap((batch) => [...batch]);
          expect(made.length).toBe(batchCount(length, options));
          expect(new Set(all).size).toBe(all.length);
          expect(all.length).toBe(dropLast ? length - (length % size) : length);
          expect(all.every((index) => index < length)).toBe(true);
          expect(made.slice(0, dropLast ? undefined : -1).every((batch) => batch.length === size)).toBe(true);
        },
      ),
    );
  });

  it('depend on seed and epoch only, and can be taken up anywhere', () => {
    const order = (seed: number, epoch: number, skip = 0): number[] =>
      [...indexBatches(1000, { size: 64, seed, epoch, skip })].flatMap((batch) => [...batch]);
    expect(order(1, 2)).toEqual(order(1, 2));
    expect(order(1, 2, 5)).toEqual(order(1, 2).slice(5 * 64));
    const distinct = [order(1, 0), order(1, 1), order(2, 0), order(0, 1)].map(String);
    expect(new Set(distinct).size).toBe(4);
  });

  it('are in order without a seed', () => {
    expect([...indexBatches(5, { size: 2 })].map((batch) => [...batch])).toEqual([[0, 1], [2, 3], [4]]);
    expect(() => [...indexBatches(5, { size: 0 })]).toThrow(RangeError);
  });
});

describe('batches of samples', () => {
  it('are what reading each sample alone gives, in memory that is used again', () => {
    const dataset = openDataset('fashion-mnist?validation=test');
    const one = new Uint8Array(784);
    const label = new Int32Array(1);
    const memory = new Set<ArrayBufferLike>();
    let samples = 0;
    for (const { indices, x, labels } of batches(dataset.validation, { size: 300, seed: 3 })) {
      memory.add(x.buffer);
      samples += indices.length;
      const last = indices.length - 1;
      dataset.validation.read([indices[last]], one, label);
      expect([x.length, labels.length]).toEqual([indices.length * 784, indices.length]);
      expect(x.subarray(last * 784)).toEqual(one);
      expect(labels[last]).toBe(label[0]);
    }
    expect([samples, memory.size]).toEqual([2000, 1]);
    dataset.close();
  });
});
