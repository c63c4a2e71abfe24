import type { MeasureProgress } from '../hardware/harness';
import type { Progress, SearchState } from '../protocol/runs';

/** What work reports to whoever started it, and how it is told to stop. */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** A sentence the user should see: a choice made for them, a warning. */
  readonly note: (sentence: string) => void;
  /** A step of a search. */
  readonly search?: (state: SearchState) => void;
  /** Listens for the wish to end the stage at hand with the best so far; gives back what ends the listening. */
  readonly onKeepBest?: (listener: () => void) => () => void;
}

/** Work that the wish to keep the best so far ends, besides the signal of its context. */
export async function untilKeepBest<T>(context: RunContext, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stopListening = context.onKeepBest?.(() => controller.abort());
  try {
    return await work(AbortSignal.any([context.signal, controller.signal]));
  } finally {
    stopListening?.();
  }
}

/** Estimates the time left from the share done since the stage began. */
export function stageTimer(context: RunContext, stage: string): (fraction: number, message?: string) => void {
  const started = performance.now();
  context.progress({ stage, fraction: 0 });
  return (fraction, message) => {
    const spent = performance.now() - started;
    const etaMs = fraction > 0.02 ? (spent * (1 - fraction)) / fraction : undefined;
    context.progress({ stage, fraction, message, etaMs });
  };
}

/** Progress of a measurement, waiting for another one included. */
export function measuringProgress(context: RunContext, stage: string): (progress: MeasureProgress) => void {
  const report = stageTimer(context, stage);
  let told = false;
  return (progress) => {
    if (progress.phase === 'measuring') report(progress.fraction);
    else if (!told) {
      told = true;
      context.note(`Waiting: process ${progress.holder} is measuring on this machine.`);
    }
  };
}
