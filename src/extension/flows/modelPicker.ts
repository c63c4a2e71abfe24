import * as vscode from 'vscode';
import type { App } from '../app';
import { t } from '../l10n';
import { activeModel, openModels } from '../state/modelFiles';
import { askPick, type Choice } from './ask';
import { back, type Position } from './steps';

const browse = Symbol('browse');

/** Lets the user choose a model of the workspace, or one from elsewhere; the one at hand is chosen at first. */
export async function pickModelStep(
  app: App,
  title: string,
  placeholder: string,
  position: Position,
  except?: vscode.Uri,
): Promise<vscode.Uri | typeof back | undefined> {
  const models = (await app.files.list()).filter(({ uri }) => uri.toString() !== except?.toString());
  const items: Choice<vscode.Uri | typeof browse>[] = models.map(({ uri, open }) => ({
    label: vscode.workspace.asRelativePath(uri),
    description: open ? t('open') : undefined,
    iconPath: new vscode.ThemeIcon('file-binary'),
    value: uri,
  }));
  for (;;) {
    const active = activeModel()?.toString();
    const answer = await askPick<vscode.Uri | typeof browse>({
      ...position,
      title,
      placeholder,
      items: [...items, { label: t('Browse...'), iconPath: new vscode.ThemeIcon('folder-opened'), value: browse }],
      active: models.find(({ uri }) => uri.toString() === active)?.uri,
    });
    if (answer !== browse) return answer;
    const chosen = await vscode.window.showOpenDialog({ title, filters: { ONNX: ['onnx'] } });
    if (chosen?.[0]) return chosen[0];
  }
}

/** The model that a command is about: the one it was called with, the one at hand, the only open one, or the one the user picks. */
export async function modelFor(app: App, argument: unknown, title: string): Promise<vscode.Uri | undefined> {
  const given = modelOfArgument(argument);
  if (given) return given;
  const active = activeModel();
  if (active) return active;
  const open = openModels();
  if (open.length === 1) return open[0];
  const answer = await pickModelStep(app, title, t('Model'), { step: 1, total: 1 });
  return answer === back ? undefined : answer;
}

/** What menus, trees and other commands hand over: an address, a row with one, or a path. */
export function modelOfArgument(argument: unknown): vscode.Uri | undefined {
  if (argument instanceof vscode.Uri) return argument;
  if (typeof argument === 'string' && argument !== '') return vscode.Uri.file(argument);
  if (typeof argument !== 'object' || argument === null) return undefined;
  if ('uri' in argument && argument.uri instanceof vscode.Uri) return argument.uri;
  return undefined;
}
