import { t } from '../l10n';

/** How a data set is found on disk. */
export interface DataKind {
  readonly format: 'cifar10' | 'idx' | 'npz' | 'images';
  readonly label: string;
  readonly detail: string;
  readonly select: 'file' | 'folder';
}

export function dataKinds(): readonly DataKind[] {
  return [
    {
      format: 'images',
      label: t('Image folder...'),
      detail: t('Folders of PNG or JPEG files, one folder per class'),
      select: 'folder',
    },
    {
      format: 'cifar10',
      label: t('CIFAR-10 folder...'),
      detail: t('data_batch_1.bin to test_batch.bin'),
      select: 'folder',
    },
    {
      format: 'idx',
      label: t('IDX folder...'),
      detail: t('As MNIST: train-images-idx3-ubyte and so on'),
      select: 'folder',
    },
    { format: 'npz', label: t('NumPy archive...'), detail: t('A .npz file with images and labels'), select: 'file' },
  ];
}

/** The data set's name for the engine and the command line: `images:/data/flowers`. */
export function dataSpec(format: DataKind['format'], path: string): string {
  return `${format}:${path}`;
}

/** A data set in words: its format, and the last part of its path. */
export function describeData(spec: string): { readonly label: string; readonly description: string } {
  if (spec.startsWith('fashion-mnist'))
    return { label: t('Fashion-MNIST sample'), description: t('12,000 images that ship with Layerwise') };
  const [, format, path] = /^([^:?]+):([^?]*)/.exec(spec) ?? ['', '', spec];
  return { label: path.split(/[\\/]/).filter(Boolean).at(-1) ?? spec, description: `${format} ${path}`.trim() };
}
