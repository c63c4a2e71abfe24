import { zipSync } from 'fflate';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDataFile } from './dataFile';
import { DataError } from './errors';
import { openDataset } from './openDataset';
import { openNpz } from './npz';
import { readNpyHeader } from './npy';

/** Files that NumPy wrote (fixtures/make.py). */
const fixtures = join(import.meta.dirname, 'fixtures');
const scratch = mkdtempSync(join(tmpdir(), 'layerwise-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** An array as NumPy would store it, with a header of our choice. */
function npy(header: string, bytes: Uint8Array = new Uint8Array(0), version = 1): Uint8Array {
  const start = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\x00`, 'latin1');
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  return Buffer.concat([start, length, Buffer.from(header), bytes]);
}

const header = (descr: string, shape: string): string =>
  `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }\n`;

function npzOf(arrays: Record<string, Uint8Array>): string {
  const path = join(scratch, 'arrays.npz');
  writeFileSync(path, zipSync(Object.fromEntries(Object.entries(arrays).map(([name, b]) => [`${name}.npy`, b]))));
  return path;
}

describe.each(['stored', 'packed'])('an archive that NumPy wrote, %s', (name) => {
  it('gives samples as planes, labels, parts and classes', () => {
    const { parts } = openNpz(join(fixtures, `${name}.npz`));
    expect(parts.map((part) => part.name)).toEqual(['train', 'test']);
    const [{ split: train }, { split: test }] = parts;
    expect(train).toMatchObject({ length: 2, classes: 2, sample: { dims: [3, 5, 4], type: 'uint8' } });
    const x = new Uint8Array(2 * 60);
    const labels = new Int32Array(2);
    train.read([1, 0], x, labels);
    expect([...labels]).toEqual([0, 1]);
    // The file holds 0, 1, 2, ... as [2, 5, 4, 3]: sample 1 begins at 60, its red plane takes every third value.
    const planes = [0, 1, 2].flatMap((c) => Array.from({ length: 20 }, (_, p) => p * 3 + c));
    expect([...x]).toEqual([...planes.map((value) => value + 60), ...planes]);
    test.read([0], x, labels);
    expect(labels[0]).toBe(1);
    parts.forEach((part) => part.close());
  });
});

describe('an array', () => {
  it.each(['u1', 'i1', 'b1', 'u2', 'i4', 'i8', 'f2', 'f4', 'f8'].map((type) => `format-${type}-little.npy`))(
    'that NumPy wrote in %s has its values',
    expectValues,
  );
  it.each(['i2', 'u8', 'f4'].map((type) => `format-${type}-big.npy`))('that NumPy wrote in %s has them', expectValues);

  function expectValues(file: string): void {
    const [part] = openNpz(join(fixtures, file)).parts;
    const x = new Float32Array(6);
    part.split.read([0, 1], x);
    expect([...x]).toEqual(file.includes('b1') ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 4, 5]);
    expect(part.split.sample).toEqual({ dims: [3, 1, 1], type: /[ub]1/.test(file) ? 'uint8' : 'float32' });
    expect(() => part.split.read([0], x, new Int32Array(1))).toThrow(/have no labels/);
    part.close();
  }

  it.each([2, 3])('of version %i of the format is read', (version) => {
    const path = join(scratch, 'version.npy');
    writeFileSync(path, npy(header('|u1', '2, 1'), Uint8Array.of(7, 8), version));
    const file = openDataFile(path);
    expect(readNpyHeader(file)).toMatchObject({ shape: [2, 1], format: { kind: 'uint', bytes: 1 } });
    file.close();
  });

  it.each([
    [Buffer.from('PK'), /too short/],
    [Buffer.from('this is no array at all'), /is not a NumPy array/],
    [npy(header('|u1', '2,'), Uint8Array.of(1, 2), 9), /version 9/],
    [npy(header('|O', '2,'), Uint8Array.of(1, 2)), /type \|O/],
    [npy(header('<U5', '2,'), Uint8Array.of(1, 2)), /type <U5/],
    [npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }"), /several fields/],
    [npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", new Uint8Array(24)), /column-major/],
    [npy("{'descr': '<f4', 'shape': (2, 3), }"), /damaged header/],
    [npy(header('<f4', '2, -3')), /damaged header/],
    [npy(header('<f4', '4,'), new Uint8Array(15)), /where its shape 4 needs/],
    [npy(header('<f4', '4,')).subarray(0, 40), /damaged header/],
  ])('that is none is told: case %#', (bytes, message) => {
    const path = join(scratch, 'bad.npy');
    writeFileSync(path, bytes);
    const file = openDataFile(path);
    expect(() => readNpyHeader(file)).toThrow(message);
    expect(() => openNpz(path)).toThrow(DataError);
    file.close();
  });
});

describe('an archive', () => {
  const x = npy(header('|u1', '4, 2, 2'), new Uint8Array(16));
  const labels = (descr: string, shape: string, bytes: Uint8Array): Uint8Array => npy(header(descr, shape), bytes);

  it('knows its arrays by their usual names', () => {
    const y = labels('|u1', '4,', Uint8Array.of(0, 1, 2, 1));
    for (const names of [
      ['x', 'y'],
      ['images', 'labels'],
      ['train_images', 'train_labels'],
      ['data', 'targets'],
      ['X_train', 'Y_train'],
    ]) {
      const { parts } = openNpz(npzOf({ [names[0]]: x, [names[1]]: y }));
      expect(parts.map((part) => [part.name, part.split.classes])).toEqual([['train', 3]]);
      parts.forEach((part) => part.close());
    }
  });

  it.each([
    [{ weights: x }, /no array of samples, only weights/],
    [{ x, images: x }, /several arrays of train samples/],
    [{ x, y: labels('|u1', '3,', Uint8Array.of(0, 1, 2)) }, /has the shape 3 for 4 samples/],
    [{ x, y: labels('|u1', '4, 2', new Uint8Array(8)) }, /has the shape 4x2/],
    [{ x, y: labels('|i1', '4,', Uint8Array.of(0, 1, 255, 0)) }, /Label 2 .* is -1/],
    [{ x, y: labels('<f2', '4,', Uint8Array.of(0, 0x38, 0, 0, 0, 0, 0, 0)) }, /Label 0 .* is 0.5/],
    [{ x: npy(header('|u1', '1, 2, 2, 2, 2'), new Uint8Array(16)) }, /the shape 1x2x2x2x2/],
  ] as [Record<string, Uint8Array>, RegExp][])('that is no data set is told: case %#', (arrays, message) => {
    expect(() => openNpz(npzOf(arrays))).toThrow(message);
    expect(() => openNpz(npzOf(arrays))).toThrow(DataError);
  });

  it('that is cut short or no archive is told', () => {
    const whole = readFileSync(join(fixtures, 'packed.npz'));
    const path = join(scratch, 'cut.npz');
    for (let length = 0; length < whole.length; length += 50) {
      writeFileSync(path, whole.subarray(0, length));
      expect(() => openNpz(path)).toThrow(DataError);
    }
    writeFileSync(path, 'this is text');
    expect(() => openNpz(path)).toThrow(/is not a whole zip file/);
    expect(() => openNpz(join(scratch, 'none.npz'))).toThrow(/does not exist/);
  });

  it('of four dimensions can be told its layout', () => {
    const path = npzOf({ x: npy(header('|u1', '2, 3, 2, 3'), new Uint8Array(36)) });
    for (const [option, dims] of [
      ['', [3, 2, 3]],
      ['&layout=NHWC', [3, 3, 2]],
      ['&layout=nchw', [3, 2, 3]],
    ] as const) {
      const dataset = openDataset(`npz:${path}?validation=0.5${option}`);
      expect(dataset.train.sample.dims).toEqual(dims);
      dataset.close();
    }
  });
});
