import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { batches } from './batches';
import { DataError } from './errors';
import { parseDatasetSpec } from './datasetSpec';
import { mediaFile } from './mediaFolder';
import { openDataset } from './openDataset';

describe('the spec of a data set', () => {
  it.each([
    ['cifar10:/data/cifar', 'cifar10', '/data/cifar', {}],
    ['idx:../a b/c', 'idx', '../a b/c', {}],
    ['npz:C:\\data\\x.npz', 'npz', 'C:\\data\\x.npz', {}],
    ['fashion-mnist', 'fashion-mnist', '', {}],
    ['fashion-mnist?validation=test', 'fashion-mnist', '', { validation: ['test'] }],
    ['cifar10:d?train=1-3&validation=4', 'cifar10', 'd', { train: ['1', '2', '3'], validation: ['4'] }],
    ['cifar10:d?train=1,3-4,x&seed=7', 'cifar10', 'd', { train: ['1', '3', '4', 'x'], seed: 7 }],
    ['idx:d?validation=0.25&classes=10', 'idx', 'd', { validation: 0.25, classes: 10 }],
    ['idx:d?validation=1', 'idx', 'd', { validation: ['1'] }],
    ['images:d?size=32&channels=1', 'images', 'd', { size: [32, 32], channels: 1 }],
    ['images:d?size=48x64', 'images', 'd', { size: [48, 64] }],
    ['npz:f?layout=nhwc', 'npz', 'f', { layout: 'NHWC' }],
  ])('%s', (spec, format, path, options) => {
    expect(parseDatasetSpec(spec)).toEqual({ format, path, options });
  });

  it.each([
    ['mnist:/data', /not a known format/],
    ['', /not a known format/],
    ['/data/cifar', /not a known format/],
    ['cifar10', /names no files/],
    ['cifar10:', /names no files/],
    ['fashion-mnist:/data', /ships with Layerwise/],
    ['cifar10:d?batch=3', /batch is not an option/],
    ['cifar10:d?seed=-1', /seed=-1 is not a possible/],
    ['cifar10:d?train=', /train= is not a possible/],
    ['cifar10:d?train=3-1', /train=3-1 is not a possible/],
    ['images:d?size=0', /size=0 is not a possible/],
    ['images:d?channels=4', /channels=4 is not a possible/],
    ['npz:f?layout=CHW', /layout=CHW is not a possible/],
    ['idx:d?classes=0', /classes=0 is not a possible/],
  ])('that names nothing is refused: %s', (spec, message) => {
    expect(() => parseDatasetSpec(spec)).toThrow(message);
    expect(() => parseDatasetSpec(spec)).toThrow(DataError);
  });

  it('can be overruled by options', () => {
    const dataset = openDataset('fashion-mnist?validation=test&seed=1', { validation: 0.5 });
    expect([dataset.train.length, dataset.validation.length, dataset.test!.length]).toEqual([5000, 5000, 2000]);
    dataset.close();
  });
});

describe('what ships with Layerwise', () => {
  it('is found, and a file that is not there is told', () => {
    expect(existsSync(mediaFile('fashionMnist.npz'))).toBe(true);
    expect(existsSync(mediaFile('FASHION-MNIST-LICENSE.txt'))).toBe(true);
    expect(() => mediaFile('nothing')).toThrow(/missing from this installation/);
  });

  it('is 10,000 images to train on and 2,000 to judge by, as many of every class', () => {
    const dataset = openDataset('fashion-mnist');
    const perClass = [dataset.train, dataset.validation].map((split) => {
      const count = new Array<number>(10).fill(0);
      for (const { labels } of batches(split, { size: 500 })) labels.forEach((label) => count[label]++);
      return count;
    });
    expect(perClass).toEqual([new Array(10).fill(1000), new Array(10).fill(200)]);
    expect([dataset.classNames!.length, dataset.test]).toEqual([10, undefined]);
    dataset.close();
    const tested = openDataset('fashion-mnist?validation=.1');
    expect([tested.train.length, tested.validation.length, tested.test!.length]).toEqual([9000, 1000, 2000]);
    tested.close();
  });
});
