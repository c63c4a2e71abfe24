import * as vscode from 'vscode';
import type { App } from '../app';
import { t } from '../l10n';
import { inspectModel } from './models';

/** Puts the sample where the user sees it, as a file of their own, and opens it. */
export async function trySample(app: App): Promise<void> {
  await inspectModel(app, await sampleModel(app));
}

/** The user's copy of the sample: in the workspace when there is one, else in the extension's storage. */
export async function sampleModel({ context, files }: App): Promise<vscode.Uri> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const place = folder?.scheme === 'file' ? vscode.Uri.joinPath(folder, 'layerwise-sample') : context.globalStorageUri;
  const copy = vscode.Uri.joinPath(place, 'sample.onnx');
  try {
    await vscode.workspace.fs.stat(copy);
  } catch {
    await vscode.workspace.fs.createDirectory(place);
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(context.extensionUri, 'media', 'sample.onnx'), copy);
    vscode.window.setStatusBarMessage(t('Sample copied to {0}', vscode.workspace.asRelativePath(copy)), shortMs);
  }
  files.refresh();
  return copy;
}

const shortMs = 5_000;
