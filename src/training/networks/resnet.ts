import type { Model } from '../../onnx/model';
import { ImageClassifier, type Features } from './imageClassifier';

export interface ResnetOptions {
  readonly classes?: number;
  /** Colours of the input. */
  readonly channels?: number;
  readonly imageSize?: number;
  readonly seed?: number | string;
}

const stageWidths = [16, 32, 64];

/**
 * ResNet of depth 6n + 2 for small images (He et al. 2015, section 4.2): three stages of n blocks with 16, 32 and 64
 * channels, shortcuts without parameters. Weights are random.
 * Throws a RangeError for other depths.
 */
export function resnet(depth: number, options: ResnetOptions = {}): Model {
  const { classes = 10, channels = 3, imageSize = 32, seed = 0 } = options;
  const blocks = (depth - 2) / 6;
  if (!Number.isInteger(blocks) || blocks < 1) throw new RangeError(`A ResNet for small images has no depth ${depth}.`);
  const net = new ImageClassifier(`resnet${depth}`, seed);
  let x = net.input(channels, imageSize, imageSize);
  x = net.convolution('conv1', x, { outputs: stageWidths[0], kernel: 3 });
  x = net.relu('relu', net.batchNormalization('bn1', x));
  for (const [stage, width] of stageWidths.entries()) {
    for (let i = 0; i < blocks; i++) x = block(net, `layer${stage + 1}.${i}`, x, width);
  }
  return net.classify('linear', x, classes);
}

/** ResNet-20: 0.27 million parameters, 41 million multiplications for an image of 32 x 32. */
export function resnet20(options: ResnetOptions = {}): Model {
  return resnet(20, options);
}

function block(net: ImageClassifier, path: string, x: Features, outputs: number): Features {
  const stride = outputs === x.channels ? 1 : 2;
  let y = net.convolution(`${path}.conv1`, x, { outputs, kernel: 3, stride });
  y = net.relu(`${path}.relu1`, net.batchNormalization(`${path}.bn1`, y));
  y = net.convolution(`${path}.conv2`, y, { outputs, kernel: 3 });
  y = net.batchNormalization(`${path}.bn2`, y);
  const shortcut = stride === 1 ? x : net.paddedShortcut(`${path}.shortcut`, x, outputs);
  return net.relu(`${path}.relu2`, net.add(path, y, shortcut));
}
