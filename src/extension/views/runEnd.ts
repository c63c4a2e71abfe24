import * as vscode from 'vscode';
import type { RunSummary } from '../../protocol/runs';
import { t } from '../l10n';
import type { Runs } from '../state/runs';
import { nameOf, runRow } from './runRows';

/** Says when a run ends, as long as the user wants to hear it. */
export function announceEnds(runs: Runs): vscode.Disposable {
  return runs.onDidEnd((run) => void announce(run));
}

async function announce(run: RunSummary): Promise<void> {
  const settings = vscode.workspace.getConfiguration('layerwise');
  if (!settings.get('notifications.runEnded', true)) return;
  const text = `${nameOf(run.path)}: ${runRow(run, undefined).description ?? ''}`;
  const open = t('Open Run');
  const never = t("Don't Show Again");
  const retry = run.reachable === undefined ? undefined : t('Try with {0}', run.reachable);
  const actions = [...(retry === undefined ? [] : [retry]), open, never];
  const chosen =
    run.state === 'failed'
      ? await vscode.window.showWarningMessage(text, ...actions)
      : await vscode.window.showInformationMessage(text, ...actions);
  if (chosen !== undefined && chosen === retry)
    await vscode.commands.executeCommand('layerwise.tryReachableBudget', run);
  if (chosen === open) await vscode.commands.executeCommand('layerwise.openRun', run);
  if (chosen === never) await settings.update('notifications.runEnded', false, vscode.ConfigurationTarget.Global);
}
