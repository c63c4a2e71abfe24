import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { columnSplit } from './columns';
import type { DataFile } from './dataFile';
import { DataError } from './errors';
import { imageLayout } from './imageLayout';
import { largestLabel } from './labels';
import { numberColumn, type NumberFormat } from './numberColumn';
import type { ArrayOptions } from './npz';
import type { DataParts, Part } from './parts';
import { openMaybeGzip } from './unpack';

const expected =
  'IDX data is pairs of files as MNIST has them: train-images-idx3-ubyte and train-labels-idx1-ubyte, ' +
  't10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each as it is or with .gz.';

/** Number formats by the third byte of the header (the IDX format, end of the MNIST page). All are big-endian. */
const formats: Readonly<Record<number, NumberFormat>> = {
  0x08: { kind: 'uint', bytes: 1, littleEndian: false },
  0x09: { kind: 'int', bytes: 1, littleEndian: false },
  0x0b: { kind: 'int', bytes: 2, littleEndian: false },
  0x0c: { kind: 'int', bytes: 4, littleEndian: false },
  0x0d: { kind: 'float', bytes: 4, littleEndian: false },
  0x0e: { kind: 'float', bytes: 8, littleEndian: false },
};

const imagesFile = /^(.*?)[-_.]?images?[-_.]idx\d[-_.]ubyte(\.gz)?$/;

/**
 * A folder of IDX files. A part is named after what stands before `images`: `train`, `t10k`, ...; names with t10k or
 * test are test data, names with val are validation data. Packed files are unpacked to a temporary file.
 */
export function openIdx(path: string, options: ArrayOptions = {}): DataParts {
  if (!existsSync(path)) throw new DataError(`There is no folder ${path}.`, expected);
  if (!statSync(path).isDirectory())
    throw new DataError(`${path} is a file; IDX data is given by its folder.`, expected);
  const files = readdirSync(path).sort();
  const parts: Part[] = [];
  try {
    for (const images of files) {
      const [, stem] = imagesFile.exec(images) ?? [];
      // Where a file is there both packed and unpacked, the unpacked one is read.
      if (stem === undefined || (images.endsWith('.gz') && files.includes(images.slice(0, -3)))) continue;
      const wanted = images
        .replace(/images?/, 'labels')
        .replace(/idx\d/, 'idx1')
        .replace(/\.gz$/, '');
      const labels = files.find((file) => file === wanted || file === `${wanted}.gz`);
      parts.push(openPair(stem, join(path, images), labels && join(path, labels), options));
    }
    if (parts.length === 0) throw new DataError(`${path} holds no IDX files.`, expected);
    return { parts };
  } catch (error) {
    for (const part of parts) part.close();
    throw error;
  }
}

function openPair(stem: string, imagesPath: string, labelsPath: string | undefined, options: ArrayOptions): Part {
  const opened: DataFile[] = [];
  const open = (path: string): DataFile => {
    const file = openMaybeGzip(path);
    opened.push(file);
    return file;
  };
  const close = (): void => opened.forEach((file) => file.close());
  try {
    const images = readIdx(open(imagesPath));
    const layout = imageLayout(imagesPath, images.shape, options.layout);
    const length = images.shape[0];
    const common = {
      path: imagesPath,
      dims: layout.dims,
      samples: numberColumn(images.file, images.format, { offset: images.offset, length, layout }),
    };
    const name = stem || 'all';
    const role = /t10k|test/i.test(stem) ? 'test' : /val/i.test(stem) ? 'validation' : 'train';
    if (!labelsPath) return { name, role, split: columnSplit(common), close };
    const labels = readIdx(open(labelsPath));
    if (labels.shape.length !== 1 || labels.shape[0] !== length) {
      throw new DataError(
        `${labelsPath} holds ${labels.shape.join('x')} labels for ${length} images.`,
        'The two files do not belong together; download them again.',
      );
    }
    const column = numberColumn(labels.file, labels.format, {
      offset: labels.offset,
      length,
      layout: { dims: [1, 1, 1], channelsLast: false },
    });
    const classes = options.classes ?? largestLabel(labelsPath, column) + 1;
    return { name, role, split: columnSplit({ ...common, labels: column, classes }), close };
  } catch (error) {
    close();
    throw error;
  }
}

function readIdx(file: DataFile): { file: DataFile; format: NumberFormat; shape: number[]; offset: number } {
  const fail = (what: string): DataError => new DataError(`${file.path} ${what}.`, expected);
  if (file.length < 4) throw fail(`has ${file.length} bytes, too few for an IDX file`);
  const magic = new Uint8Array(4);
  file.read(0, magic);
  const format = formats[magic[2]];
  const rank = magic[3];
  const offset = 4 + 4 * rank;
  if (magic[0] !== 0 || magic[1] !== 0 || !format || rank === 0 || offset > file.length)
    throw fail('does not begin as an IDX file');
  const header = new Uint8Array(4 * rank);
  file.read(4, header);
  const view = new DataView(header.buffer);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 * i));
  const needed = offset + shape.reduce((product, size) => product * size, format.bytes);
  if (file.length !== needed)
    throw fail(`has ${file.length} bytes, where ${shape.join('x')} elements of ${format.bytes} bytes make ${needed}`);
  return { file, format, shape, offset };
}
