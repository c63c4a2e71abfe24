import { z } from 'zod';
import { sampleSize, type SampleShape } from './dataset';
import { DataError } from './errors';
import { resample } from './resample';

/**
 * How stored samples become what a model takes: `(value * scale - mean[c]) / std[c]` per channel, in the model's layout.
 * Part of a run's settings, so that every later step treats the data alike.
 */
export const preprocessingSchema = z
  .object({
    /** Order of the model's input dimensions. */
    layout: z.enum(['NCHW', 'NHWC']),
    /** Stored values are multiplied by this first; 1/255 takes bytes to 0..1. */
    scale: z.number().positive(),
    /** Per channel, or one for all, in units of the scaled values. */
    mean: z.array(z.number()).min(1),
    std: z.array(z.number().positive()).min(1),
    /** Height and width to which samples are resized first. */
    resize: z.tuple([z.number().int().positive(), z.number().int().positive()]).optional(),
  })
  .strict();

export type Preprocessing = z.infer<typeof preprocessingSchema>;

/** Takes bytes to 0..1. */
export const perByte = 1 / 255;

/** The usual normalisations of images stored as bytes, by name. */
export const commonPreprocessings = {
  /** 0..1, nothing else: torchvision's ToTensor. */
  unit: { layout: 'NCHW', scale: perByte, mean: [0], std: [1] },
  /** torchvision's pretrained networks: ImageNet statistics of RGB on 0..1. */
  imagenet: { layout: 'NCHW', scale: perByte, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  /** CIFAR-10 statistics of RGB on 0..1. */
  cifar10: { layout: 'NCHW', scale: perByte, mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  /** -1..1: MobileNet and Inception from TensorFlow. */
  symmetric: { layout: 'NCHW', scale: perByte, mean: [0.5], std: [0.5] },
  /** 0..255 as stored. */
  raw: { layout: 'NCHW', scale: 1, mean: [0], std: [1] },
} as const satisfies Record<string, unknown>;

export type PreprocessingName = keyof typeof commonPreprocessings;

/** A common preprocessing by name, as settings. */
export function namedPreprocessing(name: PreprocessingName, layout: Preprocessing['layout'] = 'NCHW'): Preprocessing {
  const { scale, mean, std } = commonPreprocessings[name];
  return { layout, scale, mean: [...mean], std: [...std] };
}

/** [C, H, W] of samples after preprocessing, whatever its layout. */
export function preprocessedDims({ resize }: Preprocessing, { dims }: SampleShape): SampleShape['dims'] {
  return resize ? [dims[0], ...resize] : dims;
}

/**
 * Turns `count` raw samples, planes [N, C, H, W], into what the model takes: resized (bilinear, widened when reducing),
 * normalised, [N, C, H, W] or [N, H, W, C] by the layout.
 * @param out receives the result when it is given
 * Throws a DataError when mean and std are for another number of channels.
 */
export function preprocess(
  preprocessing: Preprocessing,
  sample: SampleShape,
  x: Uint8Array | Float32Array,
  count: number,
  out?: Float32Array,
): Float32Array {
  const { layout, resize } = preprocessing;
  const [channels, height, width] = preprocessedDims(preprocessing, sample);
  const plane = height * width;
  const { scale, shift } = perChannel(preprocessing, channels);
  const result = out ?? new Float32Array(count * channels * plane);
  const size = sampleSize(sample);
  const [pixelStep, channelStep] = layout === 'NCHW' ? [1, plane] : [channels, 1];
  for (let n = 0; n < count; n++) {
    const raw = x.subarray(n * size, (n + 1) * size);
    const from = { height: sample.dims[1], width: sample.dims[2] };
    const planes = resize ? resample(raw, channels, from, { height, width }, 'bilinear') : raw;
    for (let c = 0; c < channels; c++) {
      let to = n * channels * plane + c * channelStep;
      for (let p = c * plane; p < (c + 1) * plane; p++, to += pixelStep) result[to] = planes[p] * scale[c] + shift[c];
    }
  }
  return result;
}

/** (value * scale - mean) / std as one factor and one addend for each channel. */
function perChannel({ scale, mean, std }: Preprocessing, channels: number): { scale: number[]; shift: number[] } {
  for (const [name, list] of Object.entries({ mean, std })) {
    if (list.length !== 1 && list.length !== channels) {
      throw new DataError(
        `The preprocessing has ${list.length} values of ${name} for samples of ${channels} channels.`,
        `Give one value, or ${channels}.`,
      );
    }
  }
  const of = (list: readonly number[], c: number): number => list[list.length === 1 ? 0 : c];
  const all = Array.from({ length: channels }, (_, c) => c);
  return { scale: all.map((c) => scale / of(std, c)), shift: all.map((c) => -of(mean, c) / of(std, c)) };
}
