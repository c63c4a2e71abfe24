import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sharedPath } from '../../test/support/sharedData';
import { batches } from './batches';
import { openDataset } from './openDataset';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layerwise-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Records whose label is i mod 10 and whose pixels are all `first + i`. */
function batch(count: number, first = 0): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, i) => Buffer.concat([Buffer.of(i % 10), Buffer.alloc(3072, first + i)])),
  );
}

describe('CIFAR-10', () => {
  it('opens whatever batches are there, with names of the classes', () => {
    writeFileSync(join(folder, 'data_batch_2.bin'), batch(10));
    writeFileSync(join(folder, 'data_batch_4.bin'), batch(10, 100));
    writeFileSync(join(folder, 'test_batch.bin'), batch(3, 200));
    const dataset = openDataset(`cifar10:${folder}?train=2&validation=4`);
    expect(dataset.train).toMatchObject({ length: 10, classes: 10, sample: { dims: [3, 32, 32], type: 'uint8' } });
    expect(dataset.classNames).toHaveLength(10);
    const x = new Uint8Array(2 * 3072);
    const labels = new Int32Array(2);
    dataset.validation.read([7, 2], x, labels);
    expect([x[0], x[3071], x[3072], x[6143], ...labels]).toEqual([107, 107, 102, 102, 7, 2]);
    dataset.test!.read([2], x, labels);
    expect([x[0], labels[0]]).toEqual([202, 2]);
    dataset.close();
  });

  it('opens one file, and the folder inside the published archive', () => {
    mkdirSync(join(folder, 'cifar-10-batches-bin'));
    const file = join(folder, 'cifar-10-batches-bin', 'test_batch.bin');
    writeFileSync(file, batch(20));
    for (const path of [file, folder]) {
      const dataset = openDataset(`cifar10:${path}?validation=0.5`);
      expect([dataset.train.length, dataset.validation.length, dataset.test]).toEqual([10, 10, undefined]);
      dataset.close();
    }
  });

  it('tells of missing and damaged batches', () => {
    expect(() => openDataset(`cifar10:${join(folder, 'none')}`)).toThrow(/There is no folder/);
    expect(() => openDataset(`cifar10:${folder}`)).toThrow(/holds no CIFAR-10 batches/);
    writeFileSync(join(folder, 'data_batch_1.bin'), batch(2).subarray(1));
    expect(() => openDataset(`cifar10:${folder}`)).toThrow(/6145 bytes, not a multiple of 3073/);
    const damaged = batch(20);
    damaged[3073 * 5] = 10;
    writeFileSync(join(folder, 'data_batch_1.bin'), damaged);
    expect(() => openDataset(`cifar10:${folder}`)).toThrow(
      /Sample 5 .* has the label 10, where labels run from 0 to 9/,
    );
  });

  it('tells when a file becomes shorter while it is read', () => {
    const file = join(folder, 'data_batch_1.bin');
    writeFileSync(file, batch(100));
    const dataset = openDataset(`cifar10:${folder}`);
    truncateSync(file, 3073 * 3);
    expect(() => dataset.train.read([80], new Uint8Array(3072))).toThrow(/became shorter/);
    dataset.close();
    expect(() => dataset.train.read([1], new Uint8Array(3072))).toThrow(/was closed/);
  });

  it('reads a file of many records without keeping them', () => {
    const records = 40_000; // 123 MB, a file with holes
    writeFileSync(join(folder, 'data_batch_1.bin'), '');
    truncateSync(join(folder, 'data_batch_1.bin'), records * 3073);
    const dataset = openDataset(`cifar10:${folder}?validation=.5`);
    const before = process.memoryUsage();
    let samples = 0;
    for (const { labels } of batches(dataset.train, { size: 500, seed: 1 })) samples += labels.length;
    for (const { labels } of batches(dataset.validation, { size: 500 })) samples += labels.length;
    expect(samples).toBe(records);
    const after = process.memoryUsage();
    expect(after.rss - before.rss).toBeLessThan(50 * 2 ** 20);
    dataset.close();
  });

  const shared = sharedPath('data', 'cifar10');
  it.skipIf(!shared)('has as many samples of every class in the validation part as its share of the whole', () => {
    const dataset = openDataset(`cifar10:${shared}`);
    expect([dataset.train.length + dataset.validation.length, dataset.test!.length]).toEqual([40_000, 500]);
    const counts = [dataset.train, dataset.validation].map((split) => {
      const count = new Array<number>(10).fill(0);
      for (const { labels } of batches(split, { size: 1000 })) labels.forEach((label) => count[label]++);
      return count;
    });
    counts[0].forEach((count, label) => {
      const share = counts[1][label] / (count + counts[1][label]);
      expect(share).toBeCloseTo(0.1, 3);
    });
    dataset.close();
  });
});
