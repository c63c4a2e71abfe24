import { existsSync, readdirSync, statSync, type Dirent } from 'node:fs';
import { extname, join } from 'node:path';
import { columnSplit, type Column } from './columns';
import { TemporaryFile } from './dataFile';
import { decodeImage, withChannels, type DecodedImage } from './decodeImage';
import { DataError } from './errors';
import type { DataParts, Part } from './parts';
import { resample } from './resample';

const expected =
  'A folder of images holds one folder of PNG or JPEG files per class, or such folders under train, validation and test; ' +
  'images without classes lie in the folder itself.';

const readable = new Set(['.png', '.jpg', '.jpeg']);
/** Formats that are images but can't be read: leaving them out in silence would be a data set half missing. */
const otherImages = new Set(['.bmp', '.gif', '.webp', '.tif', '.tiff', '.ppm', '.pgm', '.heic', '.avif']);

const roleOfFolder: Readonly<Record<string, Part['role']>> = {
  train: 'train',
  training: 'train',
  val: 'validation',
  valid: 'validation',
  validation: 'validation',
  test: 'test',
};

export interface ImageFolderOptions {
  readonly size?: readonly [height: number, width: number];
  readonly channels?: 1 | 3;
}

/**
 * A folder of images, a folder per class; class names in alphabetical order are the labels. Images are decoded when they
 * are first read, brought to one size and channel count (those of the first image unless the options say others), and
 * kept decoded in a temporary file.
 */
export function openImageFolder(path: string, options: ImageFolderOptions = {}): DataParts {
  if (!existsSync(path)) throw new DataError(`There is no folder ${path}.`, expected);
  if (!statSync(path).isDirectory()) throw new DataError(`${path} is a file where a folder is expected.`, expected);
  const folders = subfolders(path);
  const roles = folders.filter((folder) => roleOfFolder[folder.toLowerCase()]);
  // With only some of the folders named like parts, these are classes too (a class named "test").
  const divided = roles.length > 0 && roles.length === folders.length;
  const places = divided
    ? roles.map((folder) => ({ name: folder, role: roleOfFolder[folder.toLowerCase()], path: join(path, folder) }))
    : [{ name: 'all', role: 'train' as const, path }];
  const classNames = [...new Set(places.flatMap((place) => subfolders(place.path)))].sort();
  const listed = places.map((place) => ({ ...place, images: listImages(place.path, classNames) }));
  const first = listed.find(({ images }) => images.length > 0)?.images[0];
  if (!first) throw new DataError(`${path} holds no images.`, expected);
  const sample = firstShape(first.path, options);
  return {
    parts: listed
      .filter(({ images }) => images.length > 0)
      .map(({ name, role, images, path: folder }) => imagePart(name, role, folder, images, sample, classNames.length)),
    ...(classNames.length > 0 && { classNames }),
  };
}

interface ImageFile {
  readonly path: string;
  readonly label: number;
}

type Shape = readonly [channels: 1 | 3, height: number, width: number];

function firstShape(path: string, { size, channels }: ImageFolderOptions): Shape {
  if (size && channels) return [channels, ...size];
  const first = decodeImage(path);
  return [channels ?? first.channels, ...(size ?? ([first.height, first.width] as const))];
}

function imagePart(
  name: string,
  role: Part['role'],
  path: string,
  images: readonly ImageFile[],
  dims: Shape,
  classes: number,
): Part {
  const width = dims[0] * dims[1] * dims[2];
  const cache = new TemporaryFile();
  const cached = new Uint8Array(images.length);
  const pixels = new Uint8Array(width);
  const samples: Column = {
    length: images.length,
    width,
    type: 'uint8',
    read(index, target, at) {
      if (cached[index]) cache.read(index * width, pixels);
      else {
        pixels.set(fitted(decodeImage(images[index].path), dims));
        cache.write(pixels, index * width);
        cached[index] = 1;
      }
      target.set(pixels, at);
    },
  };
  const labels: Column = {
    length: images.length,
    width: 1,
    type: 'uint8',
    read(index, target, at) {
      target[at] = images[index].label;
    },
  };
  return {
    name,
    role,
    split: columnSplit({ path, dims, samples, ...(classes > 0 && { labels, classes }) }),
    close: () => cache.close(),
  };
}

/** The image's planes in the wanted shape: the whole image stretched, bilinear with the filter widened for reduction. */
function fitted(image: DecodedImage, [channels, height, width]: Shape): Uint8Array {
  const { planes, ...from } = withChannels(image, channels);
  if (from.height === height && from.width === width) return planes;
  const resized = resample(planes, channels, from, { height, width }, 'bilinear');
  return Uint8Array.from(resized, (value) => Math.min(255, Math.max(0, Math.round(value))));
}

function listImages(folder: string, classNames: readonly string[]): ImageFile[] {
  if (classNames.length === 0) return imagesIn(folder).map((path) => ({ path, label: 0 }));
  return classNames.flatMap((name, label) => {
    const inner = join(folder, name);
    return existsSync(inner) ? imagesIn(inner).map((path) => ({ path, label })) : [];
  });
}

function imagesIn(folder: string): string[] {
  const names = entries(folder)
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name);
  const other = names.find((name) => otherImages.has(extname(name).toLowerCase()));
  if (other) throw new DataError(`${join(folder, other)} is neither a PNG nor a JPEG image.`, 'Convert or remove it.');
  return names.filter((name) => readable.has(extname(name).toLowerCase())).map((name) => join(folder, name));
}

function subfolders(folder: string): string[] {
  return entries(folder)
    .filter((entry) => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(folder, entry.name))))
    .map((entry) => entry.name);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Entries in the order of their code units, which is the same on every system; hidden ones left out. */
function entries(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
