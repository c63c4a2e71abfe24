import { z } from 'zod';
import type { Tensor } from '../tensor/tensor';
import type { Checkpoint } from './checkpoint';
import { CheckpointError } from './errors';
import type { Snapshot } from './snapshot';
import type { TrainingSession } from './trainer';

/** Where a step stands in a training. */
export interface LoopPosition {
  readonly epoch: number;
  /** Step within the epoch. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Epochs since the start, with the fraction of the present one. */
  readonly position: number;
}

const totalsSchema = z.object({ loss: z.number(), correct: z.number(), steps: z.number() });

/** Sums over the steps of the present epoch. */
export type LoopTotals = Readonly<z.infer<typeof totalsSchema>>;

const evaluationSchema = z.object({ metric: z.enum(['accuracy', 'psnr']), value: z.number(), samples: z.number() });

const stateSchema = z.object({
  /** Epochs done. */
  epoch: z.number().int().nonnegative(),
  /** Steps done of the present epoch. */
  step: z.number().int().nonnegative(),
  totals: totalsSchema,
  epochsSinceBest: z.number().int().nonnegative(),
  /** Of the epoch before. */
  last: z.object({ loss: z.number(), evaluation: evaluationSchema.optional() }).optional(),
});

/** How far a training has come, besides the session's own state. */
export type LoopState = Readonly<z.infer<typeof stateSchema>> & {
  /** The best epoch so far with the state at its end; kept only by trainings that stop early. */
  readonly best?: { readonly epoch: number; readonly value: number; readonly snapshot: Snapshot };
};

const metaSchema = z.object({
  state: stateSchema,
  stepsDone: z.number().int().nonnegative(),
  best: z.object({ epoch: z.number(), value: z.number(), stepsDone: z.number() }).optional(),
});

/** Everything a training needs to be taken up again, in the form of a checkpoint. */
export function loopCheckpoint(session: TrainingSession, state: LoopState): Checkpoint {
  const { best, ...rest } = state;
  const snapshot = session.snapshot();
  const tensors = new Map<string, Tensor>();
  for (const [key, tensor] of snapshot.tensors) tensors.set(`now/${key}`, tensor);
  for (const [key, tensor] of best?.snapshot.tensors ?? []) tensors.set(`best/${key}`, tensor);
  const meta: z.infer<typeof metaSchema> = {
    state: rest,
    stepsDone: snapshot.stepsDone,
    best: best && { epoch: best.epoch, value: best.value, stepsDone: best.snapshot.stepsDone },
  };
  return { meta, tensors };
}

/**
 * Puts a session back to a checkpoint made by `loopCheckpoint` and returns where the loop goes on.
 * Throws a CheckpointError for a checkpoint of something else.
 */
export function restoreLoop(session: TrainingSession, checkpoint: Checkpoint): LoopState {
  const parsed = metaSchema.safeParse(checkpoint.meta);
  if (!parsed.success) {
    throw new CheckpointError('The checkpoint is not one of a training.', 'Resume the run that it belongs to.');
  }
  const { state, stepsDone, best } = parsed.data;
  const tensors = (prefix: string): Snapshot['tensors'] =>
    new Map(
      [...checkpoint.tensors].flatMap(([key, tensor]) =>
        key.startsWith(prefix) ? [[key.slice(prefix.length), tensor as Tensor<Float32Array>] as const] : [],
      ),
    );
  session.restore({ stepsDone, tensors: tensors('now/') });
  return {
    ...state,
    best: best && {
      epoch: best.epoch,
      value: best.value,
      snapshot: { stepsDone: best.stepsDone, tensors: tensors('best/') },
    },
  };
}
