import type { InputCandidate } from './inputs';
import { ofText, placementAt, type ParsedFile } from './syntax/parse';
import { sizeIn, sizeWord } from './writtenSizes';

/** Channels and side of the images of well-known data sets, by their classes in torchvision. */
const sets = new Map<string, readonly [channels: number, side: number]>([
  ...['CIFAR10', 'CIFAR100', 'SVHN'].map((name) => [name, [3, 32]] as const),
  ...['MNIST', 'FashionMNIST', 'KMNIST', 'QMNIST', 'EMNIST'].map((name) => [name, [1, 28]] as const),
  ['STL10', [3, 96]],
]);
/** Keras has modules of these names. */
const modules = new Map(
  [...sets.keys()].map((name) => [name === 'FashionMNIST' ? 'fashion_mnist' : name.toLowerCase(), name]),
);

const used = new RegExp(
  String.raw`\b(?:(${[...sets.keys()].join('|')})\(|(${[...modules.keys()].join('|')})\.load_data\()`,
  'g',
);
const resized = new RegExp(
  String.raw`\b(Resize|CenterCrop|RandomCrop|RandomResizedCrop)\(\s*(?:size\s*=\s*)?(?:[([]\s*(${sizeWord})\s*,\s*(${sizeWord})|[([]?(${sizeWord}))`,
  'g',
);

/**
 * The size of the images that a file trains on: that of a well-known data set, or what they are cropped or resized to. `shape`
 * puts channels and sides in the model's order.
 */
export function imagesOf(
  parsed: ParsedFile,
  shape: (channels: number, height: number, width: number) => readonly number[],
): InputCandidate[] {
  const { set, change } = written(parsed);
  const name = set === undefined ? undefined : (set[1] ?? modules.get(set[2]));
  const [channels, side] = (name !== undefined && sets.get(name)) || [3, undefined];
  const sizeOf = sizeIn(parsed);
  const height = change === undefined ? side : sizeOf(change[2] ?? change[4]);
  const from = change ?? set;
  const width = change?.[3] === undefined ? height : sizeOf(change[3]);
  if (height === undefined || width === undefined || from === undefined) return [];
  const what = change === undefined ? name : change[1];
  return [
    {
      shapes: [shape(channels, height, width)],
      origin: 'example',
      note: what ?? '',
      place: placementAt(parsed, from.index),
    },
  ];
}

/** The first data set that is used, and the last change of size. */
const written = ofText(({ text }): { set?: RegExpExecArray; change?: RegExpExecArray } => {
  const [set] = matches(text, used);
  const changes = matches(text, resized);
  // A crop comes after a change of size.
  return { set, change: changes.findLast(([, name]) => name !== 'Resize') ?? changes.at(-1) };
});

/** Where a pattern is used: in no comment, and not as the name of a definition. */
function matches(text: string, pattern: RegExp): RegExpExecArray[] {
  return [...text.matchAll(pattern)].filter(({ index }) => {
    const before = text.slice(text.lastIndexOf('\n', index) + 1, index);
    return !before.includes('#') && !/\b(class|def)\s+$/.test(before);
  });
}
