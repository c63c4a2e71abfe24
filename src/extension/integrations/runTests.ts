import * as vscode from 'vscode';
import type { RunSummary } from '../../protocol/runs';
import type { App } from '../app';
import { t } from '../l10n';
import type { Runs } from '../state/runs';
import { nameOf } from '../views/runRows';

/** What is checked of a run's model; the id of a check's item ends in it. */
export type Check = 'faster' | 'budget' | 'accuracy';

/** The accepted runs in the Testing view: whether their models are still as fast and as good as they were. */
export class RunTests implements vscode.Disposable {
  readonly controller = vscode.tests.createTestController('layerwise.runs', t('Layerwise Runs'));
  readonly profile: vscode.TestRunProfile;
  private readonly listener: vscode.Disposable;
  private listed = false;

  constructor(
    app: () => App,
    private readonly runs: Runs,
  ) {
    this.controller.resolveHandler = async (item) => {
      if (!item) await this.list();
    };
    this.controller.refreshHandler = () => this.list();
    this.profile = this.controller.createRunProfile(
      t('Measure Again'),
      vscode.TestRunProfileKind.Run,
      async (request, token) => {
        if (!this.listed) await this.list();
        const { checkRuns } = await import('./checkRuns');
        await checkRuns(app(), this.controller, request, token);
      },
      true,
    );
    this.listener = runs.onDidChange(() => this.listed && this.update());
  }

  dispose(): void {
    this.listener.dispose();
    this.profile.dispose();
    this.controller.dispose();
  }

  private async list(): Promise<void> {
    this.listed = true;
    await this.runs.load();
  }

  private update(): void {
    const { items } = this.controller;
    const accepted = this.runs.list.filter(({ figures }) => figures?.verdict === 'accepted');
    // Runs under way tell of themselves often; the items stay until a run comes or goes.
    if (accepted.length === items.size && accepted.every(({ path }) => items.get(path))) return;
    items.replace(accepted.map((run, index) => this.itemOf(run, index)));
  }

  private itemOf({ path, figures }: RunSummary, index: number): vscode.TestItem {
    const report = vscode.Uri.joinPath(vscode.Uri.file(path), 'report.md');
    const item = this.controller.createTestItem(path, nameOf(path), report);
    item.sortText = String(index).padStart(6, '0'); // newest first, as in the tree of runs
    const child = (check: Check, label: string): vscode.TestItem =>
      this.controller.createTestItem(`${path}#${check}`, label, report);
    item.children.replace([
      child('faster', t('Faster than its source')),
      ...(figures?.resource === 'latency' ? [child('budget', t('Within its latency budget'))] : []),
      ...(figures?.metric === undefined ? [] : [child('accuracy', t('Accuracy'))]),
    ]);
    return item;
  }
}
