import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { App } from '../../../../src/extension/app';

/** The part of the manifest that suites read. */
export interface Manifest {
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category?: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly languageModelTools?: readonly { readonly name: string }[];
  };
}

/** The extension under test. */
export function extension(): Omit<vscode.Extension<App>, 'packageJSON'> & { readonly packageJSON: Manifest } {
  const found = vscode.extensions.getExtension<App>('layerwise.layerwise');
  assert.ok(found, 'The extension under test is not there.');
  return found;
}

/** What the extension is made of, activated. */
export async function app(): Promise<App> {
  return extension().activate();
}

/** A file of the opened workspace. */
export function workspaceFile(...segments: string[]): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'No folder is open.');
  return vscode.Uri.joinPath(folder.uri, ...segments);
}

/** Closes all editors and quick picks. */
export async function closeEverything(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}
