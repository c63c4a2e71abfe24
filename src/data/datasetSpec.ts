import { DataError } from './errors';

export const datasetFormats = ['cifar10', 'idx', 'npz', 'images', 'fashion-mnist'] as const;

export type DatasetFormat = (typeof datasetFormats)[number];

/** Options of a data set; in a spec they follow a `?`, joined by `&`. */
export interface DatasetOptions {
  /** Parts to train on. In a spec: names joined by commas, ranges of numbers as `1-3`. */
  readonly train?: readonly string[];
  /** Parts to validate on, or the fraction of the training samples taken out for it (0.1 when nothing is said). */
  readonly validation?: readonly string[] | number;
  /** Parts to test on. */
  readonly test?: readonly string[];
  /** Decides which training samples are taken out for validation. */
  readonly seed?: number;
  /** Order of dimensions of arrays whose sizes leave it open. */
  readonly layout?: 'NCHW' | 'NHWC';
  /** Number of classes, when not every class occurs among the labels. */
  readonly classes?: number;
  /** Height and width that images of folders are brought to; the size of the first one when it is left out. In a spec: `32` or `48x64`. */
  readonly size?: readonly [height: number, width: number];
  /** Channels that images of folders are brought to; those of the first one when it is left out. */
  readonly channels?: 1 | 3;
}

export interface DatasetSpec {
  readonly format: DatasetFormat;
  /** Empty for data that ships with Layerwise. */
  readonly path: string;
  readonly options: DatasetOptions;
}

const examples =
  'Data sets are cifar10:DIR, idx:DIR, npz:FILE, images:DIR and fashion-mnist, with options as in ?train=1-3&validation=4.';

/**
 * Takes a spec apart: `format:path?option=value&option=value`. Throws a DataError for an unknown format or option, a
 * missing path or a value that can't be.
 */
export function parseDatasetSpec(spec: string): DatasetSpec {
  const [, name, , location = ''] = /^([^:?]*)(:([\s\S]*))?$/.exec(spec.replace(/\?.*$/s, '')) ?? [];
  const format = datasetFormats.find((known) => known === name);
  if (!format) throw new DataError(`${spec} names no data set: ${name ?? ''} is not a known format.`, examples);
  const query = /\?(.*)$/s.exec(spec)?.[1] ?? '';
  if (format !== 'fashion-mnist' && location === '') throw new DataError(`${spec} names no files.`, examples);
  if (format === 'fashion-mnist' && location !== '')
    throw new DataError(`${spec} gives a path, but fashion-mnist ships with Layerwise.`, examples);
  const options: Record<string, unknown> = {};
  for (const [key, value] of new URLSearchParams(query)) {
    const parse = parsers[key as keyof DatasetOptions];
    if (!parse) {
      throw new DataError(`${key} is not an option of data sets.`, `Options: ${Object.keys(parsers).join(', ')}.`);
    }
    const parsed = parse(value);
    if (parsed === undefined)
      throw new DataError(
        `${key}=${value} is not a possible option of a data set.`,
        hints[key as keyof DatasetOptions],
      );
    options[key] = parsed;
  }
  return { format, path: location, options };
}

const whole = (text: string): number | undefined => (/^\d+$/.test(text) ? Number(text) : undefined);

const parsers: { [K in keyof Required<DatasetOptions>]: (text: string) => DatasetOptions[K] | undefined } = {
  train: names,
  validation: (text) => (/^(0?\.\d+|1\.0*)$/.test(text) ? Number(text) : names(text)),
  test: names,
  seed: whole,
  layout: (text) => (['NCHW', 'NHWC'] as const).find((layout) => layout === text.toUpperCase()),
  classes: (text) => whole(text) || undefined,
  size: (text) => {
    const [, height, width = height] = /^(\d+)(?:x(\d+))?$/.exec(text) ?? [];
    return Number(height) > 0 && Number(width) > 0 ? [Number(height), Number(width)] : undefined;
  },
  channels: (text) => (text === '1' ? 1 : text === '3' ? 3 : undefined),
};

const hints: { readonly [K in keyof Required<DatasetOptions>]: string } = {
  train: 'Give names of parts: ?train=1-3 or ?train=1,2.',
  validation: 'Give a fraction (?validation=0.1) or names of parts (?validation=4).',
  test: 'Give names of parts: ?test=test.',
  seed: 'Give a whole number: ?seed=1.',
  layout: 'Give ?layout=NCHW or ?layout=NHWC.',
  classes: 'Give a whole number: ?classes=10.',
  size: 'Give height and width: ?size=32 or ?size=48x64.',
  channels: 'Give ?channels=1 for grey or ?channels=3 for RGB.',
};

/** `1-3,test` as `1`, `2`, `3`, `test`. */
function names(text: string): string[] | undefined {
  const found = text.split(',').flatMap((item) => {
    const [, from, to] = /^(\d{1,4})-(\d{1,4})$/.exec(item) ?? [];
    if (from === undefined) return [item];
    return Array.from({ length: Math.max(0, Number(to) - Number(from) + 1) }, (_, i) => String(Number(from) + i));
  });
  return found.length > 0 && found.every((name) => name !== '') ? found : undefined;
}
