import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { z } from 'zod';
import { preprocessingSchema } from '../data/preprocessing';
import { halocOverridesSchema } from '../search/halocSettings';
import { resources } from '../search/space';

export const searchKinds = ['haloc', 'knapsack', 'greedy', 'uniform', 'evbmf'] as const;
export type SearchKind = (typeof searchKinds)[number];

/** Everything that decides what a compression does; kept as the run's `settings.json`. */
export const compressSettingsSchema = z.strictObject({
  version: z.literal(1),
  kind: z.literal('compress'),
  /** Absolute path of the source model, and its digest: a run is not resumed on another file. */
  model: z.string(),
  sha256: z.string(),
  /** Where the result is copied to when the run is done, besides the run's folder. */
  out: z.string().optional(),
  data: z.string().optional(),
  /** Chosen by trial when left out. */
  preprocessing: preprocessingSchema.optional(),
  inputDims: z.record(z.string(), z.array(z.int().positive())).default({}),
  budget: z.strictObject({ resource: z.enum(resources), text: z.string() }),
  /** Points of accuracy (or dB of PSNR) that may be lost. */
  maxDrop: z.number().nonnegative().optional(),
  search: z.enum(searchKinds),
  /** Layers that must keep their form. */
  exclude: z.array(z.string()).default([]),
  /** Ranks that are fixed by the user, by layer. */
  pinned: z.record(z.string(), z.int().positive()).default({}),
  device: z.strictObject({ provider: z.enum(['cpu', 'cuda', 'dml', 'coreml', 'webgpu']), threads: z.int().positive() }),
  trainThreads: z.int().positive(),
  batch: z.int().positive(),
  /** Use only so many training samples, drawn by the seed. */
  samples: z.int().positive().optional(),
  searchEpochs: z.int().positive(),
  /** Settings of the search that differ from their defaults (docs/haloc.md, Settings). */
  haloc: halocOverridesSchema.optional(),
  epochs: z.int().nonnegative(),
  /** Learning rate; one that suits the task when left out. */
  rate: z.number().positive().optional(),
  seed: z.int().nonnegative(),
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
