import * as vscode from 'vscode';
import { CodeActions } from './actions';
import type { CodeModels } from './codeModels';
import { CodeDiagnostics } from './diagnostics';
import { CodeHints, CodeStatus } from './hints';
import { CodeHovers } from './hovers';
import { CodeLenses } from './lenses';

/** Files on disk, unsaved ones and cells of notebooks. */
const python: vscode.DocumentSelector = { language: 'python' };

/** What Layerwise shows in Python files; a file is read when a view asks for it. */
export function registerCode(models: CodeModels): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.languages.registerInlayHintsProvider(python, new CodeHints(models)),
    vscode.languages.registerCodeLensProvider(python, new CodeLenses(models)),
    vscode.languages.registerHoverProvider(python, new CodeHovers(models)),
    vscode.languages.registerCodeActionsProvider(python, new CodeActions(models), {
      providedCodeActionKinds: CodeActions.kinds,
    }),
    new CodeDiagnostics(models),
    new CodeStatus(models),
  );
}
