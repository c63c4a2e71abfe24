import { setImmediate as nextTurn } from 'node:timers/promises';
import { makeValueInfo } from '../onnx/graph';
import type { Model } from '../onnx/model';
import { Session } from '../runtime/session';
import type { Tensor } from '../tensor/tensor';
import { buildForwardGraph } from '../training/forwardGraph';
import type { Objective } from '../training/objective';
import type { DataInput } from '../training/trainingSpec';
import type { SearchListener } from './progress';
import type { SearchSite } from './sites';
import type { SiteSpace, Space } from './space';
import { splitModel, type ValueShapes } from './splitModel';
import { makeSupernet, oneHot, supernetValue } from './supernet';
import { trainableWeights } from './trainableWeights';

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

type Feeds = Readonly<Record<string, Tensor>>;

export interface LossRiseOptions {
  /** Calibration batches: step inputs by name, some 500 to 1000 samples altogether. */
  readonly batches: readonly Feeds[];
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
 * strong search of its own (docs/haloc.md, Loop). For each site, one session computes what comes before it, once per batch, and one
 * what follows, once per choice: its weight is the mixture of its choices, whose probabilities are fed.
 * Throws the signal's reason when it is aborted.
 */
export async function measureLossRises(
  task: SearchTask,
  space: Space,
  sites: readonly SearchSite[],
  options: LossRiseOptions,
): Promise<LossRises> {
  const { batches, threads, signal, listen } = options;
  const { model, shapes, loss } = await lossModel(task);
  const run = async (session: Session, feeds: Feeds): Promise<Record<string, Tensor>> => {
    await nextTurn();
    signal?.throwIfAborted();
    return session.run(Object.fromEntries(session.inputs.map(({ name }) => [name, feeds[name]])));
  };
  const whole = await Session.create(model, { threads });
  let base = 0;
  try {
    for (const batch of batches) base += scalarOf((await run(whole, batch))[loss]) / batches.length;
  } finally {
    await whole.dispose();
  }
  const total = space.sites.reduce((sum, { choices }) => sum + choices.length - 1, 0);
  let done = 0;
  const errors: number[][] = [];
  for (const [i, site] of space.sites.entries()) {
    const cut = makeSupernet(model, { ...space, sites: [site] }, [sites[i]], { kind: 'inputs' });
    const losses = await siteLosses(cut.model, shapes, site, options, run, loss);
    errors.push(losses.map((sum) => (Number.isFinite(sum) ? Math.max(0, sum / batches.length - base) : brokenLoss)));
    // Keep is what the base was measured with.
    errors[i][site.choices.findIndex(({ choice }) => choice.kind === 'keep')] = 0;
    done += site.choices.length - 1;
    listen?.({ kind: 'measured', done, total, site: site.site });
  }
  return { base, errors };
}

const selection = supernetValue.probabilities(0);

/** The sum over the batches of the loss under each choice of one site; 0 for keep, which is not run. */
async function siteLosses(
  model: Model,
  shapes: ValueShapes,
  { choices }: SiteSpace,
  { batches, threads }: LossRiseOptions,
  run: (session: Session, feeds: Feeds) => Promise<Record<string, Tensor>>,
  loss: string,
): Promise<number[]> {
  const { before, after } = splitModel(model, selection, shapes);
  const first = before && (await Session.create(before, { threads }));
  const second = await Session.create(after, { threads });
  try {
    const losses = choices.map(() => 0);
    for (const batch of batches) {
      const feeds = { ...batch, ...(first && (await run(first, batch))) };
      for (const [a, { choice }] of choices.entries()) {
        if (choice.kind === 'keep') continue;
        losses[a] += scalarOf((await run(second, { ...feeds, [selection]: oneHot(choices.length, a) }))[loss]);
      }
    }
    return losses;
  } finally {
    await second.dispose();
    await first?.dispose();
  }
}

/** The model with its loss as the only output, weights being constants: what the runtime optimises best. */
async function lossModel(task: SearchTask): Promise<{ model: Model; shapes: ValueShapes; loss: string }> {
  const [held] = trainableWeights(task.model);
  // A forward graph needs a parameter, which becomes an input of it; it is made a constant again.
  const { model, shapes, loss, parameters } = await buildForwardGraph({
    ...task,
    groups: [{ name: 'held', parameters: [held], optimizer: { kind: 'sgd' } }],
  });
  const { graph } = model;
  graph.proto.input = graph.proto.input.filter(({ name }) => name !== held);
  graph.setWeight(held, parameters.get(held)!);
  graph.proto.output = [makeValueInfo(loss, 'float32', [])];
  graph.changed();
  graph.prune();
  return { model, shapes, loss };
}

function scalarOf(tensor: Tensor): number {
  return Number(tensor.data[0]);
}
