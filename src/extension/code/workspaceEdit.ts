import * as path from 'node:path';
import * as vscode from 'vscode';
import { RewriteError } from '../../source/rewrite/errors';
import type { Rewrite } from '../../source/rewrite/rewriteCall';
import { t } from '../l10n';
import type { CodeModel } from './codeModels';

/**
 * A rewrite as an edit that the editor shows before it is done. Throws a RewriteError when it would touch another cell of
 * a notebook.
 */
export function workspaceEdit(
  document: vscode.TextDocument,
  { source }: CodeModel,
  { title, edits }: Rewrite,
): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  const metadata = { label: title, description: path.basename(document.fileName), needsConfirmation: true };
  for (const { from, to, insert } of edits) {
    if (from < source.start)
      throw new RewriteError(t('The rewrite would touch another cell.'), t('Rewrite the layer in its own cell.'));
    const range = new vscode.Range(document.positionAt(from - source.start), document.positionAt(to - source.start));
    edit.replace(document.uri, range, insert, metadata);
  }
  return edit;
}
