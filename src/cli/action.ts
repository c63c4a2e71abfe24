import type { RunContext } from '../runs/progress';
import { reportFailure } from './failure';
import { ProgressDisplay } from './progress';

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Time after the second Ctrl+C, or for work that does not stop by itself, until the process ends regardless. */
const patienceMs = 800;

/**
 * Wraps a command: progress on standard error, Ctrl+C as cancellation, errors as one sentence with a hint, exit codes.
 */
export async function perform(options: CommonOptions, work: (context: RunContext) => Promise<void>): Promise<void> {
  const display = new ProgressDisplay(options.quiet ?? false);
  const controller = new AbortController();
  const cancel = (): void => {
    if (controller.signal.aborted) process.exit(130);
    display.note('Stopping; what was reached so far is kept.');
    controller.abort();
    setTimeout(() => process.exit(130), patienceMs).unref();
  };
  process.on('SIGINT', cancel);
  process.on('SIGTERM', cancel);
  try {
    await work({ signal: controller.signal, progress: display.report, note: display.note });
  } catch (error) {
    display.done();
    process.exitCode = reportFailure(error, options.json ?? false);
  } finally {
    display.done();
    process.off('SIGINT', cancel);
    process.off('SIGTERM', cancel);
  }
}
