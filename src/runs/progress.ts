/** How far a run is. */
export interface Progress {
  /** What is being done now, in a few words. */
  readonly stage: string;
  /** Done share of the stage, 0 to 1. */
  readonly fraction: number;
  readonly message?: string;
  /** Time the stage still needs. */
  readonly etaMs?: number;
}

/** What work reports to whoever started it, and how it is told to stop. */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** A sentence the user should see: a choice made for them, a warning. */
  readonly note: (sentence: string) => void;
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
