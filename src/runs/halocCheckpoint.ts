import { z } from 'zod';
import type { HalocState } from '../search/haloc';
import type { Checkpoint } from '../training/checkpoint';
import { CheckpointError } from '../training/errors';
import type { Tensor } from '../tensor/tensor';

const numberLists = z.array(z.array(z.number()));

const metaSchema = z.object({
  start: z.object({
    limit: z.number(),
    errors: numberLists,
    knapsack: z.array(z.number()),
    lowerBound: z.number(),
    logits: numberLists,
    priceUnit: z.number(),
  }),
  prices: z.array(z.number()),
  stepsDone: z.number().int().nonnegative(),
});

/** The state of a search in the form of a checkpoint. */
export function halocCheckpoint({ start, prices, snapshot }: HalocState): Checkpoint {
  return { meta: { start, prices, stepsDone: snapshot.stepsDone }, tensors: snapshot.tensors };
}

/** The state of a search from a checkpoint. Throws a CheckpointError for a checkpoint of something else. */
export function restoreHaloc({ meta, tensors }: Checkpoint): HalocState {
  const parsed = metaSchema.safeParse(meta);
  if (!parsed.success) throw new CheckpointError('The checkpoint is not one of a search.', 'Start the run anew.');
  const { start, prices, stepsDone } = parsed.data;
  return { start, prices, snapshot: { stepsDone, tensors: tensors as ReadonlyMap<string, Tensor<Float32Array>> } };
}
