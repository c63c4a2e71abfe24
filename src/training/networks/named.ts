import type { Model } from '../../onnx/model';
import { sampleClassifier, vggClassifier } from './plainCnn';
import { resnet20 } from './resnet';

/** Networks that `layerwise train` knows by name, with fresh weights drawn from a seed. */
export const networks = {
  /** 32-64-128 channels for 28 x 28 grey images: the sample that ships with Layerwise. */
  sample: sampleClassifier,
  /** ResNet-20 for 32 x 32 colour images (He et al. 2016), 40.55 M multiplications. */
  resnet20: (seed: number) => resnet20({ seed }),
  /** In the manner of VGG for 32 x 32 colour images: 64-128-256 channels, two convolutions each, 152.77 M multiplications. */
  'vgg-64-128-256': vggClassifier,
} satisfies Record<string, (seed: number) => Model>;

export type NetworkName = keyof typeof networks;
