import type { RunContext } from '../../src/runs/progress';
import type { RunFolder } from '../../src/runs/runFolder';
import type { Spent } from './workspace';

/** So often a phase writes down what it has taken so far. */
const spentEveryMs = 10_000;

/** Seconds and peak memory of a phase, added up over its starts. */
export class SpentClock {
  private readonly started = performance.now();
  private readonly before: Spent;
  private written = this.started;

  constructor(
    private readonly run: RunFolder,
    private readonly file: string,
    private readonly withRises = false,
  ) {
    this.before = run.read<Spent>(file) ?? { seconds: 0, peakMb: 0, starts: 0 };
  }

  /** The same context, at whose signs of life the clock writes. */
  watching(context: RunContext): RunContext {
    return {
      ...context,
      progress: (progress) => {
        if (performance.now() - this.written > spentEveryMs) this.write();
        context.progress(progress);
      },
    };
  }

  write(): void {
    this.written = performance.now();
    const { seconds, peakMb, starts } = this.before;
    const spent: Spent = {
      seconds: seconds + (this.written - this.started) / 1000,
      // Kilobytes on every platform.
      peakMb: Math.max(peakMb, process.resourceUsage().maxRSS / 1024),
      starts: starts + 1,
      ...(this.withRises && { withRises: true }),
    };
    this.run.write(this.file, spent);
  }
}
