import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { z } from 'zod';
import { preprocessingSchema } from '../data/preprocessing';
import { searchKinds } from '../protocol/runs';
import { halocOverridesSchema } from '../search/halocSettings';
import { resources } from '../search/space';

/** Everything that decides what a compression does; kept as the run's `settings.json`. */
export const compressSettingsSchema = z.strictObject({
  version: z.literal(1),
  kind: z.literal('compress'),
  model: z.string().describe('Absolute path of the source model.'),
  sha256: z.string().describe('Digest of the source model: a run is not resumed on another file.'),
  out: z.string().optional().describe("Where the result is put when the run is done, besides the run's folder."),
  data: z.string().optional().describe('Data set; without it nothing is trained and the accuracy is not verified.'),
  preprocessing: preprocessingSchema.optional().describe('How bytes become inputs; chosen by trial when left out.'),
  inputDims: z
    .record(z.string(), z.array(z.int().positive()))
    .default({})
    .describe('Sizes for inputs whose declared sizes are open, by input name.'),
  budget: z
    .strictObject({
      resource: z.enum(resources),
      text: z.string().describe('A share of the source model such as "0.5x", or an amount such as "8ms" or "12M".'),
    })
    .describe('What the compressed model may take.'),
  maxDrop: z.number().nonnegative().optional().describe('Points of accuracy (or dB of PSNR) that may be lost.'),
  search: z.enum(searchKinds).describe('How the plan is found.'),
  exclude: z.array(z.string()).default([]).describe('Layers that must keep their form.'),
  pinned: z.record(z.string(), z.int().positive()).default({}).describe('Ranks that are fixed by the user, by layer.'),
  device: z
    .strictObject({
      provider: z.enum(['cpu', 'cuda', 'dml', 'coreml', 'webgpu']),
      threads: z.int().positive().describe('Threads inside one operator.'),
    })
    .describe('On what the model will run, and is measured.'),
  trainThreads: z.int().positive().describe('Threads for training.'),
  batch: z.int().positive().describe('Samples in a training step.'),
  samples: z.int().positive().optional().describe('Use only so many samples, drawn by the seed.'),
  searchEpochs: z.int().positive().describe('Passes over the data while searching.'),
  haloc: halocOverridesSchema
    .optional()
    .describe('Settings of the search that differ from their defaults (docs/haloc.md, Settings).'),
  epochs: z.int().nonnegative().describe('Passes over the data to fine-tune.'),
  rate: z.number().positive().optional().describe('Learning rate; one that suits the task when left out.'),
  seed: z.int().nonnegative().describe('Seed of everything random.'),
});

export type CompressSettings = z.infer<typeof compressSettingsSchema>;

/** SHA-256 of a file, in hexadecimal; read in pieces. */
export function fileDigest(path: string): string {
  const hash = createHash('sha256');
  const file = fs.openSync(path, 'r');
  try {
    const piece = Buffer.alloc(1 << 20);
    for (let got = fs.readSync(file, piece); got > 0; got = fs.readSync(file, piece))
      hash.update(piece.subarray(0, got));
  } finally {
    fs.closeSync(file);
  }
  return hash.digest('hex');
}
