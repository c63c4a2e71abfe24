import * as vscode from 'vscode';
import type { App } from '../app';
import { askPick } from '../flows/ask';
import { t } from '../l10n';
import { nameOf, progressText } from '../views/runRows';

/** Lists what runs; choosing one stops it. */
export async function showActivity(app: App): Promise<void> {
  const runs = app.runs.running.map((run) => ({
    label: `$(debug-stop) ${nameOf(run.path)}`,
    description: progressText(run, app.runs.progressOf(run.path)),
    detail: t('Stop this run; it can be resumed'),
    value: () => app.runs.stop(run.path),
  }));
  const others = app.activities.list.map((activity) => ({
    label: `$(debug-stop) ${activity.title}`,
    description: activity.progress?.message,
    detail: t('Cancel'),
    value: async () => activity.cancel(),
  }));
  const open = {
    label: `$(list-unordered) ${t('Show Runs')}`,
    value: async () => vscode.commands.executeCommand('layerwise.runs.focus'),
  };
  const chosen = await askPick<() => Promise<unknown>>({
    step: 1,
    total: 1,
    title: t('Running'),
    placeholder: t('Choose what to stop'),
    items: [open, ...runs, ...others],
  });
  if (typeof chosen === 'function') await chosen();
}
