import type { Device, Provider } from '../protocol/device';
import { withBenchChild } from './benchProcess';
import type { BenchModel, BenchSettings } from './benchProtocol';
import { defaultDevice } from './device';
import { describeEnvironment } from './environment';
import type { Environment } from '../protocol/environment';
import { acquireMachineLock } from './machineLock';
import { isSettled } from './measureLoop';
import type { InputDims } from './randomInputs';
import { medianInterval } from './statistics';

/** A model file to be measured. */
export interface Candidate {
  readonly id: string;
  readonly modelPath: string;
  /** Sizes of inputs that are declared open; the batch is 1 when it is not given. */
  readonly inputDims?: InputDims;
}

/** What a measurement reports while it goes on. */
export type MeasureProgress =
  /** Another process measures; ours waits for it. */
  { readonly phase: 'waiting'; readonly holder: number } | { readonly phase: 'measuring'; readonly fraction: number };

export interface MeasureOptions {
  readonly provider?: Provider;
  readonly threads?: number;
  /** Wanted width of the 95 % interval relative to the median. */
  readonly targetInterval?: number;
  /** Time for measuring, waiting and loading not counted. */
  readonly maxMs?: number;
  /** Longest wait for other processes to become quiet. */
  readonly quietMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: MeasureProgress) => void;
  /** The built bench child, when it does not lie beside the program. */
  readonly childPath?: string;
}

/** A measured time, with all that is needed to judge it. */
export interface Measurement {
  readonly id: string;
  /** Time of one run. */
  readonly medianMs: number;
  /** 95 % interval of the median. */
  readonly lowMs: number;
  readonly highMs: number;
  /** Raw samples: each the median of a short burst of runs, in ms for one run. */
  readonly samples: readonly number[];
  /** Whether the time was up before the interval was as narrow as wanted. */
  readonly noisy: boolean;
  readonly environment: Environment;
}

/** nn-Meter and our own probes: repetitions on a quiet machine agree to 2 or 3 %. */
export const defaultTargetInterval = 0.03;
const defaultMaxMs = 20_000;
const defaultQuietMs = 2_000;

/**
 * Measures models side by side: in a process of its own, under the machine-wide lock, interleaved, until every interval is
 * as narrow as wanted or the time is up, and says which were noisy.
 * Throws a RuntimeError when a model can't be run, a ChildError when its process failed, the signal's reason when cancelled.
 */
export async function measure(candidates: readonly Candidate[], options: MeasureOptions = {}): Promise<Measurement[]> {
  const models = candidates.map(({ id, modelPath, inputDims }) => ({ id, model: modelPath, inputDims }));
  return measureModels(models, options);
}

/** The same for models that may lie in memory. */
export async function measureModels(
  models: readonly BenchModel[],
  options: MeasureOptions = {},
): Promise<Measurement[]> {
  const settings = benchSettings(options);
  const { signal, onProgress, childPath } = options;
  return underLock(options, () =>
    withBenchChild(childPath, async (child) => {
      const environment = describeEnvironment(settings);
      const onFraction = (fraction: number): void => onProgress?.({ phase: 'measuring', fraction });
      const { samples, otherLoad } = await child.request(
        'measure',
        { models, settings },
        { signal, onProgress: onFraction },
      );
      return samples.map((entry) =>
        measurement(entry.id, entry.samples, settings.targetInterval, {
          ...environment,
          otherLoad: rounded(otherLoad),
        }),
      );
    }),
  );
}

/** Work that nobody else measures beside. */
export async function underLock<T>({ signal, onProgress }: MeasureOptions, work: () => Promise<T>): Promise<T> {
  const onWait = (holder: number): void => onProgress?.({ phase: 'waiting', holder });
  const lock = await acquireMachineLock({ signal, onWait });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** The device that options name. */
export function deviceOf({ provider, threads }: MeasureOptions): Device {
  return { provider: provider ?? defaultDevice.provider, threads: threads ?? defaultDevice.threads };
}

/** Options with everything the child needs filled in. */
export function benchSettings(options: MeasureOptions, seed = 0): BenchSettings {
  const { targetInterval = defaultTargetInterval, maxMs = defaultMaxMs, quietMs = defaultQuietMs } = options;
  return { ...deviceOf(options), targetInterval, maxMs, quietMs, seed };
}

/** A measurement from raw samples in milliseconds. */
export function measurement(
  id: string,
  samples: readonly number[],
  targetInterval: number,
  environment: Environment,
): Measurement {
  const { median, low, high } = medianInterval(samples);
  const noisy = !isSettled(samples, targetInterval);
  return { id, medianMs: median, lowMs: low, highMs: high, samples, noisy, environment };
}

/** Two digits: the load is a hint, not a figure. */
export function rounded(load: number): number {
  return Math.round(load * 100) / 100;
}
