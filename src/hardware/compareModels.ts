import type { PairedSamples } from './measureLoop';
import type { BenchModel } from './benchProtocol';
import { withBenchChild } from './benchProcess';
import { describeEnvironment } from './environment';
import {
  benchSettings,
  measurement,
  rounded,
  underLock,
  type Candidate,
  type Measurement,
  type MeasureOptions,
} from './harness';
import { acrossSessions, medianInterval, relativeWidth, type Interval } from './statistics';

export interface CompareOptions extends MeasureOptions {
  /** Fresh processes, each with its own sessions and memory. */
  readonly sessions?: number;
}

/** Two models measured against each other. */
export interface Comparison {
  /** How many times faster b is than a. */
  readonly speedup: Interval;
  readonly a: Measurement;
  readonly b: Measurement;
  /** The speed-up that each session saw. */
  readonly sessions: readonly Interval[];
  /** Whether the sessions disagree by more than was wanted. */
  readonly noisy: boolean;
}

/** Where memory lands differs from process to process and moves times by some per cent: one is not enough. */
const defaultSessions = 3;

/**
 * The speed-up of `b` over `a` on this machine: in every session both are run in pairs, close together and in random
 * order, and the ratio of each pair is taken; the interval covers those of all sessions.
 * Throws as `measure` does.
 */
export async function compareModels(
  a: Omit<Candidate, 'id'>,
  b: Omit<Candidate, 'id'>,
  options: CompareOptions = {},
): Promise<Comparison> {
  const { sessions = defaultSessions, signal, onProgress, childPath } = options;
  const models = { a: benchModel('a', a), b: benchModel('b', b) };
  const settings = benchSettings(options);
  const perSession = { ...settings, maxMs: settings.maxMs / sessions };
  return underLock(options, async () => {
    const environment = describeEnvironment(settings);
    const results: PairedSamples[] = [];
    let otherLoad = 0;
    for (let session = 0; session < sessions; session++) {
      const result = await withBenchChild(childPath, (child) =>
        child.request(
          'compare',
          { ...models, settings: { ...perSession, seed: session } },
          {
            signal,
            onProgress: (fraction) => onProgress?.({ phase: 'measuring', fraction: (session + fraction) / sessions }),
          },
        ),
      );
      results.push(result.paired);
      otherLoad = Math.max(otherLoad, result.otherLoad);
    }
    const circumstances = { ...environment, otherLoad: rounded(otherLoad) };
    const side = (id: 'a' | 'b'): Measurement =>
      measurement(
        id,
        results.flatMap((result) => result[id]),
        settings.targetInterval,
        circumstances,
      );
    const intervals = results.map(({ ratios }) => medianInterval(ratios));
    const speedup = acrossSessions(intervals);
    return {
      speedup,
      a: side('a'),
      b: side('b'),
      sessions: intervals,
      noisy: relativeWidth(speedup) > 2 * settings.targetInterval,
    };
  });
}

function benchModel(id: string, { modelPath, inputDims }: Omit<Candidate, 'id'>): BenchModel {
  return { id, model: modelPath, inputDims };
}
