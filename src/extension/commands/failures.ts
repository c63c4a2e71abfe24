import * as vscode from 'vscode';
import { failureOf, isCancellation } from '../failure';
import { t } from '../l10n';
import { NotTrustedError } from '../engine';

/** Tells the user what went wrong and what to do next; details go to the log and, on request, to the clipboard. */
export async function sayFailure(log: vscode.LogOutputChannel, error: unknown): Promise<void> {
  if (isCancellation(error)) return;
  const { message, hint, detail } = failureOf(error);
  log.error(detail);
  const text = hint ? `${message} ${hint}` : message;
  if (error instanceof NotTrustedError) {
    const manage = t('Manage Trust');
    if ((await vscode.window.showWarningMessage(text, manage)) === manage)
      await vscode.commands.executeCommand('workbench.trust.manage');
    return;
  }
  const showLog = t('Show Log');
  const copy = t('Copy Details');
  const chosen = await vscode.window.showErrorMessage(text, showLog, copy);
  if (chosen === showLog) log.show();
  if (chosen === copy) await vscode.env.clipboard.writeText(`${text}\n\n${detail}`);
}
