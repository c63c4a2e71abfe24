import type { Tensor } from '../tensor/tensor';
import { float32 } from '../tensor/tensor';
import type { TrainingSession } from '../training/trainer';
import type { HalocSettings } from './halocSettings';
import type { SearchListener } from './progress';
import { searchMetric } from './searchObjective';
import { searchGroup, steeringInputs } from './searchSession';
import type { Picks, Space } from './space';

/** Noise that decides a choice whatever the logits say, and leaves the softmax finite. */
const decisiveNoise = 1e4;

/** A rise that is not a number or infinite stands for a cut that is never worth it. */
const brokenRise = 1e3;

export interface PresentRisesOptions {
  /** Step inputs by name; all choices are measured on the same samples, so that their differences are nearly free of noise. */
  readonly batches: readonly Readonly<Record<string, Tensor>>[];
  /** How many budgets the search has. */
  readonly budgets: number;
  readonly signal?: AbortSignal;
  readonly listen?: SearchListener;
}

/**
 * How much the loss of the supernet as it is trained by now rises, or falls, when one site takes another choice and all
 * others have their picks: errors that are separable around these picks, where those measured on the untouched network
 * are separable around keeping everything (docs/haloc.md, Rounds). The session is left as it was.
 * `undefined` when it was stopped.
 */
export async function measurePresentRises(
  session: TrainingSession,
  { sites }: Space,
  picks: Picks,
  settings: HalocSettings,
  { batches, budgets, signal, listen }: PresentRisesOptions,
): Promise<number[][] | undefined> {
  const before = session.snapshot();
  const lossOf = async (chosen: Picks): Promise<number> => {
    let sum = 0;
    const noise = sites.map(({ choices }, i) => decisive(choices.length, chosen[i]));
    const steering = steeringInputs(settings, {
      temperature: 1,
      noise,
      prices: Array<number>(budgets).fill(0),
      damping: 0,
      hardness: 1,
      featureWeight: 0,
    });
    for (const batch of batches) {
      // A step in which nothing is trained: the loss is that of training, by the statistics of the batch.
      const metrics = await session.step({
        tensors: { ...batch, ...steering },
        rates: { [searchGroup.weights]: 0, [searchGroup.logits]: 0 },
        idle: [searchGroup.weights, searchGroup.logits],
      });
      sum += metrics[searchMetric.task] / batches.length;
    }
    return sum;
  };
  try {
    const base = await lossOf(picks);
    const total = sites.reduce((sum, { choices }) => sum + choices.length - 1, 0);
    let done = 0;
    const rises: number[][] = [];
    for (const [i, { site, choices }] of sites.entries()) {
      const own: number[] = [];
      for (const a of choices.keys()) {
        if (signal?.aborted) return undefined;
        const rise = a === picks[i] ? 0 : (await lossOf(picks.with(i, a))) - base;
        own.push(Number.isFinite(rise) ? rise : brokenRise);
      }
      rises.push(own);
      done += choices.length - 1;
      listen?.({ kind: 'measured', done, total, site });
    }
    return rises;
  } finally {
    // The steps moved running statistics and the count of steps.
    session.restore(before);
  }
}

function decisive(length: number, index: number): Tensor {
  return float32(
    [length],
    Float32Array.from({ length }, (_, a) => (a === index ? decisiveNoise : 0)),
  );
}
