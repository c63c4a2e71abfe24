import type { RunSummary } from '../../protocol/runs';
import type { Runs } from '../state/runs';
import type { Row } from './row';
import { RowTree } from './rowTree';
import { runRow, runTooltip } from './runRows';

/** The Runs view: running, finished, failed and unfinished runs, newest first. */
export class RunsTree extends RowTree<RunSummary> {
  constructor(private readonly runs: Runs) {
    super();
    this.subscriptions.push(runs.onDidChange(() => this.refresh()));
  }

  private loaded = false;

  async getChildren(run?: RunSummary): Promise<RunSummary[]> {
    if (run) return [];
    if (!this.loaded) {
      this.loaded = true;
      // What went wrong is in the log; runs that this window starts are shown all the same.
      await this.runs.load().catch(() => undefined);
    }
    return this.runs.list.map((run) => this.same(run.path, run));
  }

  nodeOf(run: RunSummary): RunSummary {
    return this.same(run.path, run);
  }

  getParent(): undefined {
    return undefined;
  }

  protected row(run: RunSummary): Row {
    return runRow(run, this.runs.progressOf(run.path));
  }

  protected tooltip(run: RunSummary): string {
    return runTooltip(run, Date.now());
  }
}
