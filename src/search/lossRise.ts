import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Model } from '../onnx/model';
import { Session } from '../runtime/session';
import type { Tensor } from '../tensor/tensor';
import { buildForwardGraph } from '../training/forwardGraph';
import type { Objective } from '../training/objective';
import type { DataInput } from '../training/trainingSpec';
import type { SearchListener } from './progress';
import type { SearchSite } from './sites';
import { keepIndex, type Space } from './space';
import { makeSupernet, oneHot, supernetValue } from './supernet';

/** Stands for a loss that a cut made infinite or not a number: worse than anything that is worth choosing. */
const brokenLoss = 1e3;

/** A task as a search sees it: a model, what is minimised, and how its batches come. */
export interface SearchTask {
  /** The untouched model, in the form in which it is trained. */
  readonly model: Model;
  readonly objective: Objective;
  /** Samples in a step. */
  readonly batch: number;
  /** See `TrainingSpec`. */
  readonly data?: DataInput;
  readonly inputDims?: Readonly<Record<string, readonly number[]>>;
}

export interface LossRiseOptions {
  /** Calibration batches: step inputs by name, some 500 to 1000 samples altogether. */
  readonly batches: readonly Readonly<Record<string, Tensor>>[];
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly listen?: SearchListener;
}

/** Separable errors by measurement. */
export interface LossRises {
  /** Loss of the untouched model on the calibration batches. */
  readonly base: number;
  /** Rise of the loss (never below 0) for each choice of each site, all other sites kept. */
  readonly errors: readonly (readonly number[])[];
}

/**
 * Measures how much the loss rises when one layer at a time is cut: the separable errors with which the exact knapsack is a
 * strong search of its own (haloc.md, e2). One session serves all of them: it computes the supernet, whose selection
 * probabilities are inputs.
 * Throws the signal's reason when it is aborted.
 */
export async function measureLossRises(
  task: SearchTask,
  space: Space,
  sites: readonly SearchSite[],
  { batches, threads, signal, listen }: LossRiseOptions,
): Promise<LossRises> {
  const supernet = makeSupernet(task.model, space, sites, { kind: 'inputs' });
  const held = supernet.layers[0].weights.u;
  const forward = await buildForwardGraph({
    ...task,
    model: supernet.model,
    // A forward graph needs a parameter, which becomes an input of it; any one will do.
    groups: [{ name: 'held', parameters: [held], optimizer: { kind: 'sgd' } }],
  });
  const fixed = Object.fromEntries(forward.parameters);
  const keep = space.sites.map((site, i) => [
    supernetValue.probabilities(i),
    oneHot(site.choices.length, keepIndex(site)),
  ]);
  const kept = Object.fromEntries(keep) as Record<string, Tensor>;
  const wanted = new Set(forward.inputs.map(({ name }) => name));
  const session = await Session.create(forward.model, { threads, optimization: 'all' });
  try {
    const loss = async (selection: Readonly<Record<string, Tensor>>): Promise<number> => {
      let sum = 0;
      for (const batch of batches) {
        await nextTurn();
        signal?.throwIfAborted();
        const feeds = Object.entries({ ...batch, ...kept, ...selection }).filter(([name]) => wanted.has(name));
        const result = await session.run({ ...fixed, ...Object.fromEntries(feeds) }, { [forward.loss]: null });
        sum += Number(result[forward.loss].data[0]);
      }
      return sum / batches.length;
    };
    const base = await loss({});
    const total = space.sites.reduce((sum, { choices }) => sum + choices.length - 1, 0);
    let done = 0;
    const errors: number[][] = [];
    for (const [i, { site, choices }] of space.sites.entries()) {
      const row: number[] = [];
      for (const [a, { choice }] of choices.entries()) {
        if (choice.kind === 'keep') {
          row.push(0);
          continue;
        }
        const cut = await loss({ [supernetValue.probabilities(i)]: oneHot(choices.length, a) });
        row.push(Number.isFinite(cut) ? Math.max(0, cut - base) : brokenLoss);
        listen?.({ kind: 'measured', done: ++done, total, site });
      }
      errors.push(row);
    }
    return { base, errors };
  } finally {
    await session.dispose();
  }
}
