import * as vscode from 'vscode';
import type { RunSummary } from '../../protocol/runs';
import type { App } from '../app';
import { startRun } from '../compression';
import { askCompression, type Wish } from '../flows/compressFlow';
import { modelOfArgument } from '../flows/modelPicker';
import { t } from '../l10n';

/** Asks for budget and data, and starts a run that makes the model faster. */
export async function compressToBudget(app: App, argument: unknown): Promise<void> {
  await askAndStart(app, t('Compress to a Budget'), argument, false);
}

/** Asks for budget and data, and starts a run that looks for a plan without fine-tuning. */
export async function searchRanks(app: App, argument: unknown): Promise<void> {
  await askAndStart(app, t('Search Ranks'), argument, true);
}

/** Starts a run again whose budget can't be met, with one that can. */
export async function tryReachableBudget(app: App, argument: unknown): Promise<void> {
  const { path, reachable } = (argument ?? {}) as Partial<RunSummary>;
  if (path === undefined || reachable === undefined) return;
  const { request } = await app.runs.show(path);
  await startAndShow(app, {
    model: vscode.Uri.file(request.model),
    request: { ...request, budget: { ...request.budget, text: reachable } },
  });
}

async function askAndStart(app: App, title: string, argument: unknown, searchOnly: boolean): Promise<void> {
  const wish = await askCompression(app, title, modelOfArgument(argument), searchOnly);
  if (wish) await startAndShow(app, wish);
}

async function startAndShow(app: App, wish: Wish): Promise<void> {
  const run = await startRun(app, wish.model, wish.request);
  await app.editors.show(wish.model, { section: 'search', run: run.path });
  await vscode.commands.executeCommand('layerwise.runs.focus');
}
