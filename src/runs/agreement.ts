import { randomInputs, type InputDims } from '../hardware/randomInputs';
import { Session } from '../runtime/session';
import { numbers } from '../tensor/convert';
import type { Tensor } from '../tensor/tensor';

/** How alike the outputs of two models are. */
export interface Agreement {
  /** Between 0 and 1: share of samples with the same class, or 1 - ||b - a|| / ||a|| for other outputs. */
  readonly agreement: number;
  readonly agreementOn: 'class' | 'values';
  /** ||b - a|| / ||a|| over all samples. */
  readonly difference: number;
  readonly samples: number;
}

/** Inputs for one run of a model, and how many samples they hold. */
export interface Feeds {
  readonly tensors: Readonly<Record<string, Tensor>>;
  readonly samples: number;
}

/** Enough to see a difference of a per cent in classes, few enough to take no time. */
const randomSamples = 64;

/** Random inputs, the same for every model with the same inputs. */
export async function* randomFeeds(path: string, inputDims: InputDims = {}): AsyncGenerator<Feeds> {
  const session = await Session.create(path);
  const { inputs } = session;
  await session.dispose();
  for (let seed = 0; seed < randomSamples; seed++) yield { tensors: randomInputs(inputs, inputDims, seed), samples: 1 };
}

/** Runs both models on the same inputs and compares their first outputs, which must have the same number of elements. */
export async function agreementOf(
  a: string | Uint8Array,
  b: string | Uint8Array,
  feeds: AsyncIterable<Feeds>,
  signal?: AbortSignal,
): Promise<Agreement> {
  const sessions = [await Session.create(a), await Session.create(b)];
  const names = sessions.map((session) => session.inputs.map(({ name }) => name));
  let same = 0;
  let samples = 0;
  let squaredDifference = 0;
  let squaredNorm = 0;
  let classes = true;
  try {
    for await (const { tensors, samples: count } of feeds) {
      signal?.throwIfAborted();
      const values = Object.values(tensors);
      const [left, right] = await Promise.all(
        sessions.map(async (session, i) => {
          // Models that mean the same may name their inputs differently; the order says which is which.
          const own = Object.fromEntries(names[i].map((name, k) => [name, tensors[name] ?? values[k]]));
          return Object.values(await session.run(own))[0];
        }),
      );
      const x = numbers(left);
      const y = numbers(right);
      if (x.length !== y.length) return { agreement: 0, agreementOn: 'values', difference: Infinity, samples: count };
      for (let i = 0; i < x.length; i++) {
        squaredDifference += (y[i] - x[i]) ** 2;
        squaredNorm += x[i] ** 2;
      }
      classes &&= left.dims.length === 2 && left.dims[0] === count && left.dims[1] > 1;
      if (classes) same += sameClasses(x, y, count);
      samples += count;
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    for (const session of sessions) await session.dispose();
  }
  const difference =
    squaredNorm > 0 ? Math.sqrt(squaredDifference / squaredNorm) : squaredDifference > 0 ? Infinity : 0;
  return {
    agreement: classes ? same / samples : Math.max(0, 1 - difference),
    agreementOn: classes ? 'class' : 'values',
    difference,
    samples,
  };
}

function sameClasses(x: ArrayLike<number>, y: ArrayLike<number>, rows: number): number {
  const width = x.length / rows;
  let same = 0;
  for (let row = 0; row < rows; row++) if (argmax(x, row * width, width) === argmax(y, row * width, width)) same++;
  return same;
}

function argmax(values: ArrayLike<number>, start: number, length: number): number {
  let best = 0;
  for (let i = 1; i < length; i++) if (values[start + i] > values[start + best]) best = i;
  return best;
}
