import * as vscode from 'vscode';
import type { App } from '../app';
import { t } from '../l10n';
import type { DevicesNode } from '../views/devicesTree';
import { pickModelStep } from '../flows/modelPicker';

/** Measures a model anew on the device of a table. */
export async function measureTableAgain(app: App, argument: unknown): Promise<void> {
  const node = argument as DevicesNode | undefined;
  if (node?.kind !== 'table') return;
  const title = t('Measure Again');
  const model = await pickModelStep(app, title, t('Model whose layers are measured'), { step: 1, total: 1 });
  if (!(model instanceof vscode.Uri)) return;
  await app.activities.run({ title, model: model.fsPath, view: app.views.modelsPlace }, (onProgress, token) =>
    app.models.measure(model, node.table.device, true, { token, onProgress }),
  );
  app.devices.refresh();
}

export async function forgetTable(app: App, argument: unknown): Promise<void> {
  const node = argument as DevicesNode | undefined;
  if (node?.kind !== 'table') return;
  const forget = t('Forget');
  const chosen = await vscode.window.showWarningMessage(
    t('Forget {0} measured times?', node.table.entries),
    { modal: true, detail: t('They are measured anew when they are needed again.') },
    forget,
  );
  if (chosen !== forget) return;
  await app.devices.forget(node.table.path);
  app.models.forgetTimes();
}

/** Makes a device the one that models are measured on. */
export async function useDevice(_app: App, argument: unknown): Promise<void> {
  const node = argument as DevicesNode | undefined;
  if (!node || node.kind === 'problem') return;
  const settings = vscode.workspace.getConfiguration('layerwise');
  const { provider, threads } =
    node.kind === 'table' ? node.table.device : { provider: node.device.provider, threads: 0 };
  await settings.update('device', provider, vscode.ConfigurationTarget.Global);
  if (threads > 0) await settings.update('threads', threads, vscode.ConfigurationTarget.Global);
}

export async function refreshDevices(app: App): Promise<void> {
  app.devices.refresh();
}
