import { z } from 'zod';

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
