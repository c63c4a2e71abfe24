import * as vscode from 'vscode';
import { engineNodePath } from '../settings';

/** How the command line of this extension is started: its program, first arguments and environment. */
export interface CliProgram {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export function cliProgram(extension: vscode.Uri): CliProgram {
  return {
    command: engineNodePath() ?? process.execPath,
    args: [vscode.Uri.joinPath(extension, 'dist', 'cli.js').fsPath],
    // The editor's own program is Electron, which is a plain Node with this.
    env: { ELECTRON_RUN_AS_NODE: '1' },
  };
}
