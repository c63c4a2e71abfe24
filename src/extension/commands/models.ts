import * as vscode from 'vscode';
import type { App } from '../app';
import { modelFor, modelOfArgument } from '../flows/modelPicker';
import { t } from '../l10n';
import { settingsFor } from '../settings';
import type { LayerNode } from '../views/modelsTree';

/** Opens a model's page and its layers in the sidebar. */
export async function inspectModel(app: App, argument: unknown): Promise<void> {
  const model = await modelFor(app, argument, t('Inspect Model'));
  if (!model) return;
  await app.editors.show(model, { section: 'layers' });
  await app.models.summary(model);
  await vscode.commands.executeCommand('layerwise.models.focus');
  await app.views.revealModel(model);
}

/** Opens a model's page, as a click on its row does. */
export async function openModel(app: App, argument: unknown): Promise<void> {
  const model = modelOfArgument(argument) ?? (await modelFor(app, argument, t('Open Model')));
  if (model) await app.editors.show(model);
}

export async function openModelToSide(app: App, argument: unknown): Promise<void> {
  const model = await modelFor(app, argument, t('Open Model'));
  if (model) await app.editors.show(model, undefined, vscode.ViewColumn.Beside);
}

export async function showLayer(app: App, argument: unknown): Promise<void> {
  const node = layerOf(argument);
  if (node) await app.editors.show(node.uri, { section: 'layers', layer: node.layer.name });
}

/** Measures a model and its layers on the device that is set. */
export function measureLatency(app: App, argument: unknown): Promise<void> {
  return measure(app, argument, false);
}

/** Measures although the latency table knows the model. */
export function measureAgain(app: App, argument: unknown): Promise<void> {
  return measure(app, argument, true);
}

async function measure(app: App, argument: unknown, again: boolean): Promise<void> {
  const model = await modelFor(app, argument, t('Measure Latency on This Device'));
  if (!model) return;
  const { device } = settingsFor(model);
  await app.activities.run(
    {
      title: t('Measuring {0}', vscode.workspace.asRelativePath(model)),
      model: model.fsPath,
      view: app.views.modelsPlace,
    },
    (onProgress, token) => app.models.measure(model, device, again, { token, onProgress }),
  );
  app.devices.refresh();
  await app.editors.show(model, { section: 'layers' });
}

/** Stops what is being done with a model. */
export async function cancelActivity(app: App, argument: unknown): Promise<void> {
  const path = modelOfArgument(argument)?.fsPath;
  for (const activity of app.activities.list) if (activity.model === path) activity.cancel();
}

export async function refreshModels(app: App): Promise<void> {
  app.models.forgetTimes();
  app.files.refresh();
}

export async function copyLayerName(_app: App, argument: unknown): Promise<void> {
  const name = layerNameOf(argument);
  if (name !== undefined) await vscode.env.clipboard.writeText(name);
}

/** Excludes a layer from searches, or takes it back in. */
export async function toggleExcluded(app: App, argument: unknown): Promise<void> {
  const [model, name] = [modelAtHand(argument), layerNameOf(argument)];
  if (!model || name === undefined) return;
  await app.marks.exclude(model, name, !app.marks.of(model).excluded.includes(name));
}

export async function unpinLayer(app: App, argument: unknown): Promise<void> {
  const [model, name] = [modelAtHand(argument), layerNameOf(argument)];
  if (model && name !== undefined) await app.marks.pin(model, name, undefined);
}

function layerOf(argument: unknown): LayerNode | undefined {
  const node = argument as Partial<LayerNode> | undefined;
  return node?.kind === 'layer' ? (node as LayerNode) : undefined;
}

/** A layer's name, of a row in the sidebar or of what was clicked in a page. */
function layerNameOf(argument: unknown): string | undefined {
  const node = layerOf(argument);
  if (node) return node.layer.name;
  const { layer } = (argument ?? {}) as { layer?: unknown };
  return typeof layer === 'string' ? layer : undefined;
}

function modelAtHand(argument: unknown): vscode.Uri | undefined {
  const given = modelOfArgument(argument);
  if (given) return given;
  const { input } = vscode.window.tabGroups.activeTabGroup.activeTab ?? {};
  return input instanceof vscode.TabInputCustom ? input.uri : undefined;
}
