import * as vscode from 'vscode';
import type { App } from '../app';
import { t } from '../l10n';
import { cliProgram } from './cliProgram';
import { taskArguments, taskProblem, type LayerwiseTask } from './taskArguments';

const type = 'layerwise';

/** Measuring and compressing as tasks: they run the command line in a terminal, as in a build. */
export function registerTasks(app: App): vscode.Disposable {
  return vscode.tasks.registerTaskProvider(type, {
    provideTasks: async () => {
      const models = await app.files.list();
      return models.map(({ uri }) =>
        makeTask(
          app,
          { type, command: 'measure', model: vscode.workspace.asRelativePath(uri, false) },
          vscode.workspace.getWorkspaceFolder(uri),
        ),
      );
    },
    resolveTask: ({ definition, scope }) => {
      const task = definition as vscode.TaskDefinition & Partial<LayerwiseTask>;
      if (taskProblem(task)) return undefined;
      return makeTask(app, task as vscode.TaskDefinition & LayerwiseTask, scope);
    },
  });
}

function makeTask(
  app: App,
  definition: vscode.TaskDefinition & LayerwiseTask,
  scope: vscode.WorkspaceFolder | vscode.TaskScope | undefined,
): vscode.Task {
  const { command, args, env } = cliProgram(app.context.extensionUri);
  const execution = new vscode.ProcessExecution(command, [...args, ...taskArguments(definition)], { env: { ...env } });
  const name = `${definition.command} ${definition.model}`;
  const task = new vscode.Task(
    definition,
    scope ?? vscode.TaskScope.Workspace,
    name,
    'Layerwise',
    execution,
    '$layerwise',
  );
  task.detail = t('Layerwise: {0}', definition.command);
  return task;
}
