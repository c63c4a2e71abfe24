import * as vscode from 'vscode';
import type { ModelComparison } from '../../protocol/times';
import type { App } from '../app';
import { modelOfArgument, pickModelStep } from '../flows/modelPicker';
import { runSteps, type Step } from '../flows/steps';
import { t } from '../l10n';
import { settingsFor } from '../settings';
import { comparisonPage } from './comparison';

type Pair = readonly vscode.Uri[];

/** Measures two models in pairs, and how far their outputs agree. Called on two selected files, it takes these. */
export async function compareModels(app: App, argument: unknown, selected: unknown): Promise<void> {
  const files = Array.isArray(selected) ? selected.flatMap((one) => modelOfArgument(one) ?? []) : [];
  const first = modelOfArgument(argument);
  const start: Pair = files.length === 2 ? files : first ? [first] : [];
  const title = t('Compare Models');
  const ask =
    (placeholder: string): Step<Pair> =>
    async (pair, position) => {
      const answer = await pickModelStep(app, title, placeholder, position, pair[0]);
      return answer instanceof vscode.Uri ? [...pair, answer] : answer;
    };
  const asks = [ask(t('First model (before)')), ask(t('Second model (after)'))].slice(start.length);
  const pair = await runSteps(start, () => asks);
  if (pair) await compareFiles(app, pair[0], pair[1]);
}

/** Compares two models and shows the result as a page of text. */
export async function compareFiles(app: App, a: vscode.Uri, b: vscode.Uri): Promise<void> {
  const [nameA, nameB] = [a, b].map((file) => vscode.workspace.asRelativePath(file));
  const comparison: ModelComparison = await app.activities.run(
    {
      title: t('Comparing {0} and {1}', nameA, nameB),
      model: a.fsPath,
      view: app.views.modelsPlace,
    },
    async (onProgress, token) => {
      const { path, inputDims } = await app.models.paramsOf(a);
      const { device } = settingsFor(a);
      const params = { a: path, b: await app.files.pathOf(b), device, inputDims };
      return app.engine.request('compare', params, { token, onProgress });
    },
  );
  const named = {
    ...comparison,
    a: { ...comparison.a, path: nameA },
    b: { ...comparison.b, path: nameB },
  };
  await showPage(app, [t('Comparison'), nameA, nameB], comparisonPage(named));
}

/**
 * Shows Markdown as a page that can't be edited, under the first of its names; the others tell it from pages alike. It is a file
 * of ours, so that it is still there after a restart.
 */
async function showPage({ context }: App, [title, ...rest]: readonly string[], markdown: string): Promise<void> {
  const plain = (text: string): string => text.replace(/[^\p{L}\p{N} .-]+/gu, '-');
  const storage = context.storageUri ?? context.globalStorageUri;
  const file = vscode.Uri.joinPath(storage, 'pages', plain(rest.join(' ')), `${plain(title)}.md`);
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(markdown));
  await vscode.commands.executeCommand('markdown.showPreview', file);
}
