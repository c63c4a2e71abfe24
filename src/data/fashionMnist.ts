import { mediaFile } from './mediaFolder';
import { openNpz } from './npz';
import type { DataParts } from './parts';

/** The order of labels in Fashion-MNIST (Xiao, Rasul, Vollgraf 2017). */
const classNames = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];

/**
 * The data set that ships with Layerwise: 10,000 training and 2,000 test images of Fashion-MNIST, 28x28 grey, as many
 * of every class (scripts/makeFashionSubset.mjs makes it).
 */
export function openFashionMnist(): DataParts {
  return { ...openNpz(mediaFile('fashionMnist.npz')), classNames };
}
