import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';

/** The part of the manifest that suites read. */
export interface Manifest {
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
  };
}

/** The extension under test. */
export function extension(): vscode.Extension<unknown> & { readonly packageJSON: Manifest } {
  const found = vscode.extensions.getExtension('layerwise.layerwise');
  assert.ok(found, 'The extension under test is not there.');
  return found;
}

/** A file of the opened workspace. */
export function workspaceFile(...segments: string[]): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'No folder is open.');
  return vscode.Uri.joinPath(folder.uri, ...segments);
}
