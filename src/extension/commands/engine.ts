import * as vscode from 'vscode';
import type { App } from '../app';
import { t } from '../l10n';

export async function showLog(app: App): Promise<void> {
  app.log.show();
}

/** Ends the engine and starts a new one; runs go on from their last checkpoint. */
export async function restartEngine(app: App): Promise<void> {
  await app.engine.restart();
  vscode.window.setStatusBarMessage(t('Engine restarted'), shortMs);
}

export async function openSettings(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openSettings', '@ext:layerwise.layerwise');
}

export async function openWalkthrough(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.openWalkthrough', 'layerwise.layerwise#start', false);
}

const shortMs = 3_000;
