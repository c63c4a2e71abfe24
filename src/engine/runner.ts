import { basename } from 'node:path';
import type { RunChange } from '../protocol/messages';
import type { Progress, RunSummary, RunUpdate } from '../protocol/runs';
import { CancelledError, RunError } from '../runs/errors';
import { RunFolder } from '../runs/runFolder';
import { summarize } from '../runs/runList';
import { ChildError, SupervisedChild } from '../runtime/supervisedChild';
import { keepBestMessage, type RunOrder, type RunReport, type WorkApi } from './workApi';

/** A stopped run has so long to write down where it is. */
const graceMs = 700;

/** A run that this engine works on. */
interface ActiveRun {
  readonly child: SupervisedChild<WorkApi>;
  readonly controller: AbortController;
  /** Ends with the work, whatever came of it. */
  done: Promise<void>;
  /** Present as soon as the run's folder is there. */
  summary?: RunSummary;
  progress?: Progress;
  /** Whether its process ended unexpectedly and was started again. */
  restarted: boolean;
}

/**
 * Works on one run at a time, in a process of its own: a crash there costs the work since the last checkpoint, from which
 * the run goes on by itself once.
 */
export class Runner {
  private active: ActiveRun | undefined;

  /** @param changed told of everything that happens in the run */
  constructor(
    private readonly entry: string,
    private readonly changed: (change: RunChange) => void,
  ) {}

  /** Begins a run or goes on with one; resolves when its folder is there. Throws a RunError while another one is worked on. */
  start(order: RunOrder): Promise<RunSummary> {
    const { active } = this;
    if (active) {
      const name = active.summary ? basename(active.summary.path) : 'Another run';
      throw new RunError(`${name} is running; runs are worked on one at a time.`, 'Stop it, or wait until it is done.');
    }
    const child = new SupervisedChild<WorkApi>({ entry: this.entry });
    const run: ActiveRun = {
      child,
      controller: new AbortController(),
      done: Promise.resolve(),
      restarted: false,
    };
    this.active = run;
    return new Promise((resolve, reject) => {
      run.done = this.work(run, order, resolve).then(
        () => this.end(run),
        (error: unknown) => {
          this.end(run);
          reject(error as Error);
        },
      );
    });
  }

  /** Stops a run; its state stays. Throws a RunError when this engine does not work on it. */
  async stop(path: string): Promise<RunSummary> {
    const run = this.activeAt(path);
    run.controller.abort(new CancelledError());
    await run.done;
    return summarize(RunFolder.open(path));
  }

  /** Waits until the work on a run is over. Throws a RunError when this engine does not work on it. */
  async ended(path: string): Promise<RunSummary> {
    await this.activeAt(path).done;
    return summarize(RunFolder.open(path));
  }

  /** Ends the stage at hand with the best so far. Throws a RunError when this engine does not work on the run. */
  keepBest(path: string): void {
    this.activeAt(path).child.tell(keepBestMessage);
  }

  /** The run as it is now, if this engine works on it. */
  live(path: string): { readonly summary: RunSummary; readonly progress?: Progress } | undefined {
    const { summary, progress } = this.active ?? {};
    return summary && RunFolder.isSame(summary.path, path) ? { summary, ...(progress && { progress }) } : undefined;
  }

  dispose(): void {
    this.active?.child.dispose();
  }

  private activeAt(path: string): ActiveRun {
    const { active } = this;
    if (active?.summary && RunFolder.isSame(active.summary.path, path)) return active;
    throw new RunError(`${basename(path)} is not running here.`, 'It may have ended, or another process works on it.');
  }

  /** Resolves when the run is finished, and rejects with what ended it. */
  private async work(run: ActiveRun, order: RunOrder, opened: (summary: RunSummary) => void): Promise<void> {
    const onProgress = (report: RunReport): void => this.receive(run, report, opened);
    const { signal } = run.controller;
    try {
      await run.child.request('run', order, { signal, graceMs, onProgress });
    } catch (error) {
      const { summary } = run;
      if (!ChildError.is(error, 'crashed') || !summary || run.restarted || signal.aborted) throw error;
      run.restarted = true;
      this.note(run, `${error.message} The run goes on from its last checkpoint.`);
      await this.work(run, { run: summary.path }, opened);
    }
  }

  private receive(run: ActiveRun, report: RunReport, opened: (summary: RunSummary) => void): void {
    if (report.kind === 'opened') {
      const { run: path, model, started } = report;
      run.summary = { path, model, started, state: 'running', result: 'starting' };
      opened(run.summary);
      return this.changed({ run: run.summary });
    }
    if (!run.summary) return;
    const { update } = report;
    if (update.kind === 'stage') run.summary = { ...run.summary, result: `in ${update.name}` };
    if (update.kind === 'progress') {
      run.progress = update.progress;
      run.summary = { ...run.summary, result: describe(update.progress) };
    }
    this.changed({ run: run.summary, update });
  }

  private note({ summary }: ActiveRun, sentence: string): void {
    if (!summary) return;
    RunFolder.open(summary.path).event('note', { sentence });
    const update: RunUpdate = { kind: 'note', sentence };
    this.changed({ run: summary, update });
  }

  private end(run: ActiveRun): void {
    run.child.dispose();
    this.active = undefined;
    if (run.summary) this.changed({ run: summarize(RunFolder.open(run.summary.path)) });
  }
}

function describe({ stage, fraction }: Progress): string {
  return `${stage}, ${Math.round(100 * fraction)} %`;
}
