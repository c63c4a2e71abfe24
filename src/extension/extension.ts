import * as path from 'node:path';
import * as vscode from 'vscode';
import type { EngineClient } from './engineClient';
import { ModelsTree } from './modelsTree';

/** Puts the view and the command together; the engine is loaded and started when it is first needed. */
export function activate(context: vscode.ExtensionContext): void {
  const tree = new ModelsTree();
  let engine: EngineClient | undefined;
  const inspect = async (uri?: vscode.Uri): Promise<void> => {
    const file = uri ?? (await pickModel());
    if (!file) return;
    const { EngineClient, describeFailure } = await import('./engineClient');
    engine ??= new EngineClient(path.join(context.extensionPath, 'dist', 'engine.js'));
    const client = engine;
    try {
      const model = await vscode.window.withProgress({ location: { viewId: 'layerwise.models' } }, () =>
        client.inspect(file.fsPath),
      );
      tree.show(model);
      await vscode.commands.executeCommand('layerwise.models.focus');
    } catch (error) {
      void vscode.window.showErrorMessage(describeFailure(error));
    }
  };
  context.subscriptions.push(
    tree,
    vscode.window.registerTreeDataProvider('layerwise.models', tree),
    vscode.commands.registerCommand('layerwise.inspectModel', inspect),
    { dispose: () => engine?.dispose() },
  );
}

async function pickModel(): Promise<vscode.Uri | undefined> {
  const found = await vscode.workspace.findFiles('**/*.onnx', '**/node_modules/**');
  if (found.length === 0) {
    const chosen = await vscode.window.showOpenDialog({
      filters: { ONNX: ['onnx'] },
      title: vscode.l10n.t('Inspect Model'),
    });
    return chosen?.[0];
  }
  const items = found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
  return (await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Model to inspect') }))?.uri;
}
