import * as vscode from 'vscode';
import { settingsFor } from '../settings';

/** Where the runs of a model go: the folder that is set, under the model's workspace folder, or the extension's storage. */
export function runsFolderFor(model: vscode.Uri, storage: vscode.Uri): string {
  const folder = vscode.workspace.getWorkspaceFolder(model) ?? vscode.workspace.workspaceFolders?.[0];
  return folderIn(folder?.uri, storage, model);
}

/** All folders in which runs are looked for. */
export function allRunsFolders(storage: vscode.Uri): string[] {
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => folderIn(uri, storage, uri));
  return [...new Set([...folders, folderIn(undefined, storage)])];
}

function folderIn(folder: vscode.Uri | undefined, storage: vscode.Uri, scope?: vscode.Uri): string {
  const { runsFolder } = settingsFor(scope);
  if (/^([/\\]|[a-z]:)/i.test(runsFolder)) return vscode.Uri.file(runsFolder).fsPath;
  const base = folder?.scheme === 'file' ? folder : storage;
  return vscode.Uri.joinPath(base, ...runsFolder.split(/[\\/]/)).fsPath;
}
