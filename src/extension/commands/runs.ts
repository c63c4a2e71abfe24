import * as vscode from 'vscode';
import type { RunState, RunSummary } from '../../protocol/runs';
import type { App } from '../app';
import { askPick } from '../flows/ask';
import { t } from '../l10n';
import { copyPlan, modelsOf, openPlan, openReport, saveModelAs } from '../runFiles';
import { nameOf, runRow } from '../views/runRows';
import { compareFiles } from './compare';

/** Opens a run: its search while it is not finished, its result then. */
export async function openRun(app: App, argument: unknown): Promise<void> {
  const run = await runFor(app, argument, t('Open Run'));
  if (!run) return;
  const section = run.state === 'finished' ? 'result' : 'search';
  await app.editors.show(vscode.Uri.file(run.model), { section, run: run.path });
}

export async function resumeRun(app: App, argument: unknown): Promise<void> {
  const run = await runFor(app, argument, t('Resume Run'), ['unfinished', 'failed']);
  if (!run) return;
  const resumed = await app.runs.resume(run.path);
  await vscode.commands.executeCommand('layerwise.runs.focus');
  await app.views.revealRun(resumed);
}

export async function stopRun(app: App, argument: unknown): Promise<void> {
  const run = await runFor(app, argument, t('Stop Run'), ['running']);
  if (run) await app.runs.stop(run.path);
}

/** Ends the stage at hand with the best so far. */
export async function keepBest(app: App, argument: unknown): Promise<void> {
  const run = await runFor(app, argument, t('Keep Best So Far'), ['running']);
  if (run) await app.runs.keepBest(run.path);
}

export async function deleteRun(app: App, argument: unknown): Promise<void> {
  const run = await runFor(app, argument, t('Delete Run'), ['finished', 'failed', 'unfinished']);
  if (!run) return;
  const remove = t('Delete');
  const chosen = await vscode.window.showWarningMessage(
    t('Delete the run {0}?', nameOf(run.path)),
    { modal: true, detail: t('Its checkpoints, plan, model and report are deleted. The source model stays.') },
    remove,
  );
  if (chosen === remove) await app.runs.remove(run.path);
}

/** Compares the model that a run made with its source. */
export async function compareRun(app: App, argument: unknown): Promise<void> {
  const run = await runFor(app, argument, t('Compare with Source'), ['finished']);
  if (!run) return;
  const { source, result } = await modelsOf(app, run.path);
  await compareFiles(app, vscode.Uri.file(source), vscode.Uri.file(result));
}

export async function copyRunPath(app: App, argument: unknown): Promise<void> {
  const run = await runFor(app, argument, t('Copy Run Path'));
  if (run) await vscode.env.clipboard.writeText(run.path);
}

export async function copyRunPlan(app: App, argument: unknown): Promise<void> {
  const run = await runFor(app, argument, t('Copy Plan'), ['finished']);
  if (run) await copyPlan(app, run.path);
}

export async function openRunPlan(app: App, argument: unknown): Promise<void> {
  const run = await runFor(app, argument, t('Open Plan'), ['finished']);
  if (run) await openPlan(app, run.path);
}

export async function openRunReport(app: App, argument: unknown): Promise<void> {
  const run = await runFor(app, argument, t('Open Report'), ['finished']);
  if (run) await openReport(run.path);
}

export async function saveRunModel(app: App, argument: unknown): Promise<void> {
  const run = await runFor(app, argument, t('Save Model As'), ['finished']);
  if (run) await saveModelAs(app, run.path);
}

export async function revealRunFolder(app: App, argument: unknown): Promise<void> {
  const run = await runFor(app, argument, t('Reveal Run Folder'));
  if (run) await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(run.path));
}

export async function refreshRuns(app: App): Promise<void> {
  await app.runs.load();
}

/** The run that a command was called with, or the one that the user picks among those in a fitting state. */
async function runFor(
  app: App,
  argument: unknown,
  title: string,
  states?: readonly RunState[],
): Promise<RunSummary | undefined> {
  const given = argument as Partial<RunSummary> | string | undefined;
  const path = typeof given === 'string' ? given : given?.path;
  const all =
    path !== undefined && app.runs.list.some((run) => run.path === path) ? app.runs.list : await app.runs.load();
  if (path !== undefined) return all.find((run) => run.path === path);
  const fitting = all.filter(({ state }) => !states || states.includes(state));
  if (fitting.length === 0) {
    void vscode.window.showInformationMessage(t('There is no run for this.'));
    return undefined;
  }
  const answer = await askPick({
    step: 1,
    total: 1,
    title,
    placeholder: t('Run'),
    items: fitting.map((run) => {
      const { label, description } = runRow(run, app.runs.progressOf(run.path));
      return { label, description, detail: nameOf(run.model), value: run };
    }),
  });
  return typeof answer === 'object' ? answer : undefined;
}
