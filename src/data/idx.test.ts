import { gzipSync } from 'node:zlib';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataset } from './openDataset';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layerwise-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An IDX file: two zeros, the type, the rank, big-endian sizes, big-endian elements. */
function idx(type: number, sizes: number[], elements: Buffer): Buffer {
  const head = Buffer.from([0, 0, type, sizes.length]);
  const shape = Buffer.alloc(4 * sizes.length);
  sizes.forEach((size, i) => shape.writeUInt32BE(size, 4 * i));
  return Buffer.concat([head, shape, elements]);
}

const pixels = (count: number, first = 0): Buffer =>
  Buffer.from(Array.from({ length: count * 6 }, (_, i) => first + i));
const images = (count: number, first = 0): Buffer => idx(8, [count, 2, 3], pixels(count, first));
const labels = (...values: number[]): Buffer => idx(8, [values.length], Buffer.from(values));

function put(files: Record<string, Buffer>): void {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
}

describe('IDX files', () => {
  it.each([
    ['-ubyte', false],
    ['-ubyte.gz', true],
  ])('in the naming of MNIST, %s', (end, packed) => {
    const pack = (bytes: Buffer): Buffer => (packed ? gzipSync(bytes) : bytes);
    put({
      [`train-images-idx3${end}`]: pack(images(4)),
      [`train-labels-idx1${end}`]: pack(labels(0, 1, 0, 1)),
      [`t10k-images-idx3${end}`]: pack(images(2, 100)),
      [`t10k-labels-idx1${end}`]: pack(labels(1, 0)),
    });
    const dataset = openDataset(`idx:${folder}?validation=.5`);
    expect(dataset.train).toMatchObject({ length: 2, classes: 2, sample: { dims: [1, 2, 3], type: 'uint8' } });
    expect(dataset.validation.length).toBe(2);
    const x = new Uint8Array(12);
    const read = new Int32Array(2);
    dataset.test!.read([1, 0], x, read);
    expect([...x]).toEqual([106, 107, 108, 109, 110, 111, 100, 101, 102, 103, 104, 105]);
    expect([...read]).toEqual([0, 1]);
    dataset.close();
  });

  it('of other element types, and several of them', () => {
    const values = [-1.5, 2, 3, 4, 5, 6];
    const floats = Buffer.alloc(24);
    values.forEach((value, i) => floats.writeFloatBE(value, 4 * i));
    put({
      'train-images.idx3-ubyte': idx(0x0d, [1, 2, 3], floats),
      'train-labels.idx1-ubyte': labels(3),
      'val-images.idx3-ubyte': idx(0x0d, [1, 2, 3], floats),
      'val-labels.idx1-ubyte': labels(0),
    });
    const dataset = openDataset(`idx:${folder}?classes=5`);
    expect(dataset.train).toMatchObject({ length: 1, classes: 5, sample: { type: 'float32' } });
    const x = new Float32Array(6);
    dataset.validation.read([0], x);
    expect([...x]).toEqual(values);
    expect(() => dataset.train.read([0], new Uint8Array(6))).toThrow(TypeError);
    dataset.close();
  });

  it.each([
    [{}, /holds no IDX files/],
    [{ 'train-images-idx3-ubyte': Buffer.from('text, not images') }, /does not begin as an IDX file/],
    [{ 'train-images-idx3-ubyte': Buffer.of(0) }, /too few/],
    [{ 'train-images-idx3-ubyte': images(3).subarray(0, 30) }, /30 bytes, where 3x2x3 elements/],
    [{ 'train-images-idx3-ubyte': images(3), 'train-labels-idx1-ubyte': labels(0, 1) }, /2 labels for 3 images/],
    [{ 'train-images-idx3-ubyte.gz': gzipSync(images(3)).subarray(0, 30) }, /not a whole gzip file/],
    [{ 'train-images-idx3-ubyte.gz': Buffer.from('text') }, /not a whole gzip file/],
  ] as [Record<string, Buffer>, RegExp][])('that do not fit are told: case %#', (files, message) => {
    put(files);
    expect(() => openDataset(`idx:${folder}`)).toThrow(message);
  });

  it('with a label beyond the classes are told', () => {
    put({ 'train-images-idx3-ubyte': images(4), 'train-labels-idx1-ubyte': labels(0, 1, 7, 1) });
    expect(() => openDataset(`idx:${folder}?classes=3`)).toThrow(/Sample 2 .* has the label 7, .* from 0 to 2/);
  });

  it.skipIf(!existsSync('/proc/self/fd'))('leave no file open and none behind when closed, nor when they fail', () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const behind = (): number => readdirSync(tmpdir()).filter((name) => /^layerwise-[0-9a-f]{16}$/.test(name)).length;
    put({ 'train-images-idx3-ubyte.gz': gzipSync(images(4)), 'train-labels-idx1-ubyte': labels(0, 1, 0, 1) });
    const [openBefore, behindBefore] = [open(), behind()];
    openDataset(`idx:${folder}?validation=.5`).close();
    expect(() => openDataset(`idx:${folder}?classes=1`)).toThrow();
    put({ 'train-labels-idx1-ubyte': labels(0, 1) });
    expect(() => openDataset(`idx:${folder}`)).toThrow();
    expect([open(), behind()]).toEqual([openBefore, behindBefore]);
  });
});
