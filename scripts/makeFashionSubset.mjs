// Makes media/fashionMnist.npz from Debian's package dataset-fashion-mnist: the first 1,000 training images and the
// first 200 test images of every class, in their order. The same input gives the same bytes.
//
//   node scripts/makeFashionSubset.mjs [folder of the IDX files] [output]
import { zipSync } from 'fflate';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const folder = process.argv[2] ?? '/usr/share/datasets/fashion-mnist';
const output = process.argv[3] ?? join(import.meta.dirname, '..', 'media', 'fashionMnist.npz');
const pixels = 28 * 28;
const classes = 10;

/** Images and labels of one pair of IDX files, at most `perClass` of every class. */
function firstOfEveryClass(stem, perClass) {
  const images = gunzipSync(readFileSync(join(folder, `${stem}-images-idx3-ubyte.gz`))).subarray(16);
  const labels = gunzipSync(readFileSync(join(folder, `${stem}-labels-idx1-ubyte.gz`))).subarray(8);
  const taken = new Array(classes).fill(0);
  const x = [];
  const y = [];
  labels.forEach((label, i) => {
    if (taken[label] === perClass) return;
    taken[label]++;
    x.push(images.subarray(i * pixels, (i + 1) * pixels));
    y.push(label);
  });
  return { x: npy(Buffer.concat(x), [y.length, 28, 28]), y: npy(Buffer.from(y), [y.length]) };
}

/** An array of bytes in NumPy's format, version 1.0; its header is padded to a multiple of 64 bytes. */
function npy(bytes, shape) {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = Buffer.from(`\x93NUMPY\x01\x00  ${text.padEnd(length - 1)}\n`, 'latin1');
  header.writeUInt16LE(length, 8);
  return Buffer.concat([header, bytes]);
}

const train = firstOfEveryClass('train', 1000);
const test = firstOfEveryClass('t10k', 200);
const members = { 'x_train.npy': train.x, 'y_train.npy': train.y, 'x_test.npy': test.x, 'y_test.npy': test.y };
// The earliest time a zip archive can hold: the output does not depend on when it was made.
writeFileSync(output, zipSync(members, { level: 9, mtime: new Date(1980, 0, 1) }));
