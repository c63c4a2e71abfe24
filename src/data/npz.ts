import { basename } from 'node:path';
import { columnSplit } from './columns';
import { openDataFile, type DataFile } from './dataFile';
import { DataError } from './errors';
import { imageLayout } from './imageLayout';
import { largestLabel } from './labels';
import { readNpyHeader } from './npy';
import { numberColumn } from './numberColumn';
import type { DataParts, Part } from './parts';
import { unzip } from './unpack';

const expected =
  'Arrays are named x and y (or images and labels, data and targets), with train, validation or test beside it where ' +
  'there are several: x_train, y_train, x_test, y_test.';

const sampleWords = new Set(['x', 'image', 'images', 'data', 'samples', 'inputs', 'features']);
const labelWords = new Set(['y', 'label', 'labels', 'target', 'targets']);
const roleOfWord = new Map<string, Part['role']>([
  ['train', 'train'],
  ['training', 'train'],
  ['validation', 'validation'],
  ['valid', 'validation'],
  ['val', 'validation'],
  ['test', 'test'],
]);

interface ArrayName {
  readonly role: Part['role'];
  readonly kind: 'samples' | 'labels';
}

export interface ArrayOptions {
  /** Order of the dimensions of four-dimensional arrays, where their sizes leave it open. */
  readonly layout?: 'NCHW' | 'NHWC';
  /** Number of classes, when it is not the largest label and one. */
  readonly classes?: number;
}

/** What an array is, by its name; `undefined` for other arrays. */
function arrayName(member: string): ArrayName | undefined {
  const words = member
    .replace(/\.npy$/, '')
    .toLowerCase()
    .split(/[^a-z]+/);
  const role = words.map((word) => roleOfWord.get(word)).find(Boolean) ?? 'train';
  if (words.some((word) => sampleWords.has(word))) return { role, kind: 'samples' };
  if (words.some((word) => labelWords.has(word))) return { role, kind: 'labels' };
  return undefined;
}

/**
 * NumPy arrays: an .npz archive with samples and labels (parts `train`, `validation`, `test`), or one .npy array of
 * samples without labels. Bytes stay bytes; other numbers become float32.
 */
export function openNpz(path: string, options: ArrayOptions = {}): DataParts {
  if (path.endsWith('.npy')) return { parts: [arrayPart(path, 'train', openDataFile(path), undefined, options)] };
  const names: string[] = [];
  const files = unzip(path, (member) => {
    names.push(member);
    return arrayName(member) !== undefined;
  });
  try {
    const parts: Part[] = [];
    for (const role of ['train', 'validation', 'test'] as const) {
      const of = (kind: ArrayName['kind']): DataFile | undefined => {
        const matching = names.filter((name) => arrayName(name)?.role === role && arrayName(name)?.kind === kind);
        if (matching.length > 1) {
          throw new DataError(`${path} has several arrays of ${role} ${kind}: ${matching.join(', ')}.`, expected);
        }
        return files.get(matching[0]);
      };
      const samples = of('samples');
      const labels = of('labels');
      if (samples) parts.push(arrayPart(path, role, samples, labels, options));
    }
    if (parts.length === 0) {
      throw new DataError(`${path} has no array of samples, only ${names.join(', ')}.`, expected);
    }
    return { parts };
  } catch (error) {
    for (const file of files.values()) file.close();
    throw error;
  }
}

function arrayPart(
  path: string,
  role: Part['role'],
  samples: DataFile,
  labels: DataFile | undefined,
  options: ArrayOptions,
): Part {
  const { format, shape, offset } = readNpyHeader(samples);
  const length = shape[0] ?? 0;
  const layout = imageLayout(samples.path, shape, options.layout);
  const column = numberColumn(samples, format, { offset, length, layout });
  const close = (): void => {
    samples.close();
    labels?.close();
  };
  if (!labels) return { name: role, role, split: columnSplit({ path, dims: layout.dims, samples: column }), close };
  const header = readNpyHeader(labels);
  if (header.shape[0] !== length || header.shape.slice(1).some((size) => size !== 1)) {
    throw new DataError(
      `${basename(labels.path)} has the shape ${header.shape.join('x')} for ${length} samples.`,
      `Labels are whole numbers, one a sample: an array of ${length}.`,
    );
  }
  const labelColumn = numberColumn(labels, header.format, {
    offset: header.offset,
    length,
    layout: { dims: [1, 1, 1], channelsLast: false },
  });
  const classes = options.classes ?? largestLabel(labels.path, labelColumn) + 1;
  return {
    name: role,
    role,
    split: columnSplit({ path, dims: layout.dims, samples: column, labels: labelColumn, classes }),
    close,
  };
}
