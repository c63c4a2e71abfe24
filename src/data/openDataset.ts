import { openCifar10 } from './cifar10';
import type { Dataset } from './dataset';
import { parseDatasetSpec, type DatasetOptions, type DatasetSpec } from './datasetSpec';
import { openFashionMnist } from './fashionMnist';
import { openIdx } from './idx';
import { openImageFolder } from './imageFolder';
import { openNpz } from './npz';
import { assemble, type DataParts } from './parts';

/**
 * Opens a data set by its spec (see `parseDatasetSpec`): `cifar10:DIR`, `idx:DIR`, `npz:FILE`, `images:DIR` or
 * `fashion-mnist`, each with options after a `?`. Options given here go before those of the spec.
 *
 * Files are read by range: beside the labels' bookkeeping of a few bytes a sample, memory does not grow with them.
 * Throws a DataError that says what was expected when the data can't be opened. Close it when it is no longer needed.
 */
export function openDataset(spec: string, options: DatasetOptions = {}): Dataset {
  const parsed = parseDatasetSpec(spec);
  const all = { ...defaultsOf(parsed), ...parsed.options, ...options };
  return assemble(spec, openParts(parsed, all), all);
}

function openParts({ format, path }: DatasetSpec, options: DatasetOptions): DataParts {
  switch (format) {
    case 'cifar10':
      return openCifar10(path);
    case 'idx':
      return openIdx(path, options);
    case 'npz':
      return openNpz(path, options);
    case 'images':
      return openImageFolder(path, options);
    case 'fashion-mnist':
      return openFashionMnist();
  }
}

/** The embedded subset is 10,000 images to train on and 2,000 to judge by: none of the former are taken out. */
function defaultsOf({ format }: DatasetSpec): DatasetOptions {
  return format === 'fashion-mnist' ? { validation: ['test'] } : {};
}
