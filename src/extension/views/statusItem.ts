import * as vscode from 'vscode';
import type { Activities } from '../activities';
import { progressPercent } from '../format';
import { t } from '../l10n';
import type { Runs } from '../state/runs';
import { escape } from './row';
import { nameOf, progressText } from './runRows';

/** One item in the status bar, there only while something runs; its tooltip says what, and lets it be stopped. */
export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('layerwise.status', vscode.StatusBarAlignment.Left);
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly runs: Runs,
    private readonly activities: Activities,
  ) {
    this.item.name = 'Layerwise';
    this.item.command = 'layerwise.showActivity';
    this.subscriptions = [this.item, runs.onDidChange(() => this.show()), activities.onDidChange(() => this.show())];
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private show(): void {
    const lines = [
      ...this.runs.running.map((run) => `${nameOf(run.path)}: ${progressText(run, this.runs.progressOf(run.path))}`),
      ...this.activities.list.map(({ title, progress }) =>
        progress ? `${title}: ${progress.message ?? progress.stage}, ${progressPercent(progress.fraction)}` : title,
      ),
    ];
    if (lines.length === 0) return this.item.hide();
    this.item.text = `$(loading~spin) ${lines.length === 1 ? lines[0] : t('Layerwise: {0} at work', lines.length)}`;
    this.item.accessibilityInformation = { label: `Layerwise: ${lines.join('; ')}` };
    const tooltip = new vscode.MarkdownString(
      [
        ...lines.map((line) => `- ${escape(line)}`),
        '',
        `[${t('Stop...')}](command:layerwise.showActivity) | [${t('Show Log')}](command:layerwise.showLog)`,
      ].join('\n'),
    );
    tooltip.isTrusted = { enabledCommands: ['layerwise.showActivity', 'layerwise.showLog'] };
    this.item.tooltip = tooltip;
    this.item.show();
  }
}
