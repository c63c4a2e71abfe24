import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { byteColumn, columnSplit } from './columns';
import { openDataFile } from './dataFile';
import { DataError } from './errors';
import type { DataParts, Part } from './parts';

const dims = [3, 32, 32] as const;
const pixels = 3 * 32 * 32;
const recordBytes = 1 + pixels;
const classes = 10;

/** The order of labels in the CIFAR-10 files (their batches.meta.txt). */
const classNames = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

const expected =
  'CIFAR-10 in its binary form is data_batch_1.bin to data_batch_5.bin and test_batch.bin (any of them), records of ' +
  '1 label byte and 3072 bytes of red, green and blue planes of 32x32.';

/**
 * CIFAR-10's binary form: a folder with any of the batches (parts `1` to `5` and `test`), or one file of records.
 * Throws a DataError for a folder without batches and for files that do not hold whole records.
 */
export function openCifar10(path: string): DataParts {
  if (!existsSync(path)) throw new DataError(`There is no folder ${path}.`, expected);
  if (!statSync(path).isDirectory()) return { parts: [openBatch(path, basename(path), 'train')], classNames };
  const inner = join(path, 'cifar-10-batches-bin'); // the folder inside the published archive
  const folder = existsSync(inner) ? inner : path;
  const parts: Part[] = [];
  for (const file of readdirSync(folder).sort()) {
    const number = /^data_batch_(\d+)\.bin$/.exec(file)?.[1];
    if (number) parts.push(openBatch(join(folder, file), number, 'train'));
    else if (file === 'test_batch.bin') parts.push(openBatch(join(folder, file), 'test', 'test'));
  }
  if (parts.length === 0) throw new DataError(`${path} holds no CIFAR-10 batches.`, expected);
  const meta = join(folder, 'batches.meta.txt');
  const named = existsSync(meta) ? readFileSync(meta, 'utf8').split(/\s+/).filter(Boolean) : [];
  return { parts, classNames: named.length === classes ? named : classNames };
}

function openBatch(path: string, name: string, role: Part['role']): Part {
  const file = openDataFile(path);
  if (file.length === 0 || file.length % recordBytes !== 0) {
    file.close();
    throw new DataError(`${path} has ${file.length} bytes, not a multiple of ${recordBytes}.`, expected);
  }
  const place = { stride: recordBytes, length: file.length / recordBytes };
  const split = columnSplit({
    path,
    dims,
    classes,
    samples: byteColumn(file, { ...place, offset: 1, width: pixels }),
    labels: byteColumn(file, { ...place, offset: 0, width: 1 }),
  });
  return { name, role, split, close: () => file.close() };
}
