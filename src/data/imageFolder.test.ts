import { encode as encodePng } from 'fast-png';
import { encode as encodeJpeg } from 'jpeg-js';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeImage, withChannels } from './decodeImage';
import { DataError } from './errors';
import { openDataset } from './openDataset';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layerwise-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

/** The checksum of PNG chunks (PNG specification, annex D). */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A PNG file by its specification: rows are given as stored, without their filter byte. */
function png(
  [width, height]: readonly [number, number],
  [depth, colour]: readonly [number, number],
  rows: readonly (readonly number[])[],
  palette?: readonly number[],
): Buffer {
  const chunk = (name: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    checksum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, checksum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette))] : []),
    chunk('IDAT', deflateSync(Buffer.from(rows.flatMap((row) => [0, ...row])))),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** A PNG file of one colour. */
function plain(width: number, height: number, ...colour: number[]): Uint8Array {
  const data = new Uint8Array(width * height * colour.length).map((_, i) => colour[i % colour.length]);
  return encodePng({ width, height, data, channels: colour.length });
}

const grey = 0;
const rgb = 2;
const indexed = 3;
const greyAlpha = 4;
const rgbAlpha = 6;

describe('an image', () => {
  it.each([
    ['8-bit RGB', png([2, 1], [8, rgb], [[1, 2, 3, 4, 5, 6]]), 3, [1, 4, 2, 5, 3, 6]],
    [
      'RGB with alpha',
      png(
        [1, 2],
        [8, rgbAlpha],
        [
          [1, 2, 3, 0],
          [4, 5, 6, 9],
        ],
      ),
      3,
      [1, 4, 2, 5, 3, 6],
    ],
    ['8-bit grey', png([2, 1], [8, grey], [[7, 8]]), 1, [7, 8]],
    ['grey with alpha', png([2, 1], [8, greyAlpha], [[7, 0, 8, 255]]), 1, [7, 8]],
    ['16-bit grey', png([2, 1], [16, grey], [[7, 255, 8, 0]]), 1, [7, 8]],
    ['16-bit RGB', png([1, 1], [16, rgb], [[1, 9, 2, 9, 3, 9]]), 3, [1, 2, 3]],
    [
      '1-bit grey, rows from new bytes',
      png([3, 2], [1, grey], [[0b10100000], [0b01000000]]),
      1,
      [255, 0, 255, 0, 255, 0],
    ],
    ['2-bit grey', png([4, 1], [2, grey], [[0b00011011]]), 1, [0, 85, 170, 255]],
    ['4-bit grey', png([3, 1], [4, grey], [[0x0f, 0x30]]), 1, [0, 255, 51]],
    ['8-bit palette', png([2, 1], [8, indexed], [[1, 0]], [9, 8, 7, 1, 2, 3]), 3, [1, 9, 2, 8, 3, 7]],
    ['1-bit palette', png([3, 1], [1, indexed], [[0b01000000]], [9, 8, 7, 1, 2, 3]), 3, [9, 1, 9, 8, 2, 8, 7, 3, 7]],
  ] as const)('as PNG, %s', (_, bytes, channels, planes) => {
    const image = decodeImage(put('image.png', bytes));
    expect(image.channels).toBe(channels);
    expect([...image.planes]).toEqual(planes);
  });

  it('as JPEG is near what was encoded, whatever the name of its file', () => {
    const [width, height] = [16, 16];
    const data = new Uint8Array(width * height * 4);
    for (let i = 0; i < 256; i++) data.set([100 + (i % 16) * 8, 40 + Math.floor(i / 16) * 8, 90, 255], i * 4);
    const image = decodeImage(put('image.png', encodeJpeg({ width, height, data }, 95).data));
    expect([image.channels, image.height, image.width]).toEqual([3, 16, 16]);
    for (let i = 0; i < 256; i++)
      for (let c = 0; c < 3; c++) expect(Math.abs(image.planes[c * 256 + i] - data[i * 4 + c])).toBeLessThan(16);
  });

  it('that is none, cut short or huge is told by its path', () => {
    const whole = png(
      [20, 20],
      [8, rgb],
      new Array<number[]>(20).fill(Array.from({ length: 60 }, (_, i) => (i * 7) % 256)),
    );
    const jpeg = encodeJpeg(
      { width: 16, height: 16, data: new Uint8Array(1024).map((_, i) => (i * 71) % 256) },
      90,
    ).data;
    for (const bytes of [
      Buffer.from('text'),
      Buffer.alloc(0),
      whole.subarray(0, 20),
      whole.subarray(0, whole.length - 40),
      jpeg.subarray(0, 200),
      png([60_000, 60_000], [8, grey], [[1]]),
    ]) {
      const path = put('bad.png', bytes);
      expect(() => decodeImage(path)).toThrow(DataError);
      expect(() => decodeImage(path)).toThrow(path);
    }
    expect(() => decodeImage(join(folder, 'none.png'))).toThrow(/does not exist/);
  });

  it('changes its channels by repeating grey, and by luma', () => {
    const one = decodeImage(put('grey.png', plain(1, 1, 80)));
    expect([...withChannels(one, 3).planes]).toEqual([80, 80, 80]);
    const three = decodeImage(put('rgb.png', plain(1, 1, 255, 0, 0)));
    expect([...withChannels(three, 1).planes]).toEqual([76]); // 0.299 x 255
    expect(withChannels(three, 3)).toBe(three);
  });
});

describe('a folder of images', () => {
  it('has a folder per class, in alphabetical order, brought to the size of the first', () => {
    for (let i = 0; i < 4; i++) {
      put(`b/${i}.png`, plain(6, 4, 10 * i, 20, 30));
      put(`a/${i}.PNG`, plain(3, 2, 100 + i, 0, 0));
    }
    put('a/notes.txt', 'not an image');
    put('a/.hidden.png', 'not an image either');
    const dataset = openDataset(`images:${folder}?validation=.25`);
    expect(dataset.classNames).toEqual(['a', 'b']);
    expect(dataset.train).toMatchObject({ length: 6, classes: 2, sample: { dims: [3, 2, 3], type: 'uint8' } });
    expect(dataset.validation.length).toBe(2);
    const x = new Uint8Array(2 * 18);
    const labels = new Int32Array(2);
    for (let again = 0; again < 2; again++) {
      // The second time they come decoded from the temporary file.
      x.fill(0);
      dataset.train.read([5, 0], x, labels);
      expect([...labels]).toEqual([1, 0]);
      expect([x[6], x[12], x[18] - (x[18] % 100), x[24]]).toEqual([20, 30, 100, 0]);
    }
    dataset.close();
  });

  it('can be divided in parts, sized and greyed', () => {
    for (const part of ['train', 'val', 'test'])
      for (const name of ['cat', 'dog']) put(`${part}/${name}/1.png`, plain(8, 8, 255, 0, 0));
    const dataset = openDataset(`images:${folder}?size=2x3&channels=1`);
    expect([dataset.train.length, dataset.validation.length, dataset.test!.length]).toEqual([2, 2, 2]);
    expect(dataset.train.sample.dims).toEqual([1, 2, 3]);
    const x = new Uint8Array(6);
    dataset.test!.read([0], x);
    expect([...x]).toEqual(new Array(6).fill(76));
    dataset.close();
  });

  it('without classes has samples without labels', () => {
    for (let i = 0; i < 10; i++) put(`${i}.png`, plain(2, 2, i));
    const dataset = openDataset(`images:${folder}`);
    expect(dataset.train).toMatchObject({ length: 9, sample: { dims: [1, 2, 2] } });
    expect(dataset.train.classes).toBeUndefined();
    expect(dataset.classNames).toBeUndefined();
    dataset.close();
  });

  it('has classes that are called like parts when others are not', () => {
    put('test/1.png', plain(1, 1, 1));
    put('exam/1.png', plain(1, 1, 1));
    symlinkSync(join(folder, 'exam'), join(folder, 'linked'));
    const dataset = openDataset(`images:${folder}?validation=.4`);
    expect(dataset.classNames).toEqual(['exam', 'linked', 'test']);
    dataset.close();
  });

  it('with images that can not be read, or none, is told', () => {
    expect(() => openDataset(`images:${join(folder, 'none')}`)).toThrow(/There is no folder/);
    expect(() => openDataset(`images:${folder}`)).toThrow(/holds no images/);
    for (let i = 0; i < 5; i++) put(`a/${i}.png`, plain(2, 2, i));
    const damaged = put('a/9.jpg', 'no image');
    const dataset = openDataset(`images:${folder}?validation=.2`);
    const everything = Array.from({ length: dataset.train.length }, (_, i) => i);
    const read = (): void => {
      dataset.train.read(everything, new Uint8Array(4 * everything.length));
      dataset.validation.read([0], new Uint8Array(4));
    };
    expect(read).toThrow(damaged);
    expect(read).toThrow(DataError);
    dataset.close();
    put('a/10.webp', 'RIFF');
    expect(() => openDataset(`images:${folder}`)).toThrow(/10.webp is neither a PNG nor a JPEG/);
  });
});
