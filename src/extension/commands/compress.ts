import * as vscode from 'vscode';
import type { App } from '../app';
import { startRun } from '../compression';
import { askCompression } from '../flows/compressFlow';
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

async function askAndStart(app: App, title: string, argument: unknown, searchOnly: boolean): Promise<void> {
  const wish = await askCompression(app, title, modelOfArgument(argument), searchOnly);
  if (!wish) return;
  const run = await startRun(app, wish.model, wish.request);
  await app.editors.show(wish.model, { section: 'search', run: run.path });
  await vscode.commands.executeCommand('layerwise.runs.focus');
}
