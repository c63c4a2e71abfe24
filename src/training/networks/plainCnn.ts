import type { Model } from '../../onnx/model';
import { ImageClassifier } from './imageClassifier';

export interface PlainStage {
  /** Channels. */
  readonly width: number;
  /** Convolutions. */
  readonly depth: number;
  /** Whether height and width are halved before the stage. */
  readonly halved?: boolean;
}

export interface PlainCnnOptions {
  readonly stages: readonly PlainStage[];
  readonly classes: number;
  readonly inputChannels: number;
  readonly imageSize: number;
  readonly seed?: number | string;
}

/**
 * A plain classifier in the manner of VGG (Simonyan and Zisserman 2014): stages of 3x3 convolutions with batch
 * normalisation and ReLU, a 2x2 maximum where a stage halves its input, the mean over the image, one linear layer. Weights are random.
 * Throws a RangeError when a stage has no depth.
 */
export function plainCnn(options: PlainCnnOptions): Model {
  const { stages, classes, inputChannels, imageSize, seed = 0 } = options;
  if (stages.length === 0 || stages.some(({ depth }) => depth < 1)) {
    throw new RangeError('A network needs stages of at least one convolution each.');
  }
  const net = new ImageClassifier('plainCnn', seed);
  let x = net.input(inputChannels, imageSize, imageSize);
  for (const [index, { width, depth, halved }] of stages.entries()) {
    if (halved) x = net.maxPool(`stage${index + 1}.pool`, x);
    for (let i = 0; i < depth; i++) {
      const path = `stage${index + 1}.${i}`;
      x = net.convolution(`${path}.conv`, x, { outputs: width, kernel: 3 });
      x = net.relu(`${path}.relu`, net.batchNormalization(`${path}.bn`, x));
    }
  }
  return net.classify('classifier', x, classes);
}

/** The sample classifier: grey images of 28 x 28; 32, 64 and 128 channels, wide enough that rank matters on a CPU. */
export function sampleClassifier(seed: number | string = 0): Model {
  const stages = [
    { width: 32, depth: 2 },
    { width: 64, depth: 3, halved: true },
    { width: 128, depth: 3, halved: true },
  ];
  return plainCnn({ stages, classes: 10, inputChannels: 1, imageSize: 28, seed });
}

/**
 * The network `vgg-64-128-256`: coloured images of 32 x 32, three stages of two convolutions with 64, 128 and 256 channels; 153
 * million multiplications, and wide enough that time follows rank on a CPU.
 */
export function vggClassifier(seed: number | string = 0): Model {
  const stages = [
    { width: 64, depth: 2 },
    { width: 128, depth: 2, halved: true },
    { width: 256, depth: 2, halved: true },
  ];
  return plainCnn({ stages, classes: 10, inputChannels: 3, imageSize: 32, seed });
}
