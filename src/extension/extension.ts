import * as vscode from 'vscode';
import { Activities } from './activities';
import type { App } from './app';
import { CodeModels } from './code/codeModels';
import { registerCode } from './code/registerCode';
import { registerCommands } from './commands/commandTable';
import { Engine } from './engine';
import { registerMcpServer } from './integrations/mcpServer';
import { RunTests } from './integrations/runTests';
import { registerTasks } from './integrations/tasks';
import { registerTools } from './integrations/tools';
import { useTranslation } from './l10n';
import { ModelEditors, modelViewType } from './modelEditor/modelEditors';
import { Devices } from './state/devices';
import { LayerMarks } from './state/layerMarks';
import { ModelFiles } from './state/modelFiles';
import { ModelMemory } from './state/modelMemory';
import { Models } from './state/models';
import { Runs } from './state/runs';
import { announceEnds } from './views/runEnd';
import { StatusItem } from './views/statusItem';
import { Views } from './views/views';

let stop: (() => Promise<void>) | undefined;

/** Puts the extension together. The engine, the pages and the commands are loaded when they are first needed. */
export function activate(context: vscode.ExtensionContext): App {
  useTranslation(vscode.l10n.t, vscode.env.language);
  const log = vscode.window.createOutputChannel('Layerwise', { log: true });
  const engine = new Engine(vscode.Uri.joinPath(context.extensionUri, 'dist', 'engine.js').fsPath, log);
  stop = () => engine.stop();
  const files = new ModelFiles(vscode.Uri.joinPath(context.globalStorageUri, 'copies'));
  const memory = new ModelMemory(context.workspaceState);
  const models = new Models(engine, files, memory);
  const marks = new LayerMarks(context.workspaceState);
  const runs = new Runs(engine, context.globalStorageUri, log);
  const devices = new Devices(engine);
  const activities = new Activities();
  const views = new Views(models, marks, runs, devices, activities, log);
  const editors = new ModelEditors(() => app);
  const code = new CodeModels(() => app, { context, models, runs });
  const tests = new RunTests(() => app, runs);
  const app: App = {
    ...{ context, log, engine, files, memory, models, marks },
    ...{ runs, devices, activities, views, editors, code, tests },
  };
  context.subscriptions.push(
    ...[log, engine, files, models, marks, runs, devices, activities, views, editors, code, tests],
    registerCommands(app),
    registerCode(code),
    vscode.window.registerCustomEditorProvider(modelViewType, editors, { supportsMultipleEditorsPerDocument: true }),
    new StatusItem(runs, activities),
    announceEnds(runs),
    // A run measures too.
    runs.onDidEnd(() => {
      models.forgetTimes();
      devices.refresh();
    }),
    registerTools(app),
    registerMcpServer(context),
    registerTasks(app),
  );
  return app;
}

/** Ends the engine; what it runs can be resumed. */
export async function deactivate(): Promise<void> {
  await stop?.();
}
