import type { Augmentation } from '../training/augmentation';
import type { TaskData } from './taskData';

/** Images are moved by up to this share of their side, as is usual for CIFAR (4 of 32). */
const cropShare = 1 / 8;

/**
 * Changes that keep the class of an image: small moves for all, mirroring for colour images and clothes only (digits
 * and letters are not symmetric). None for models that enlarge images.
 */
export function augmentationFor({ dataset, task }: TaskData): Augmentation {
  if (task.kind !== 'classification') return {};
  const [channels, height] = dataset.train.sample.dims;
  return { crop: Math.floor(height * cropShare), flip: channels === 3 || dataset.name.startsWith('fashion-mnist') };
}
