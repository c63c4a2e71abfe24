import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Report } from '../protocol/report';
import type { App } from './app';
import { t } from './l10n';

/** Copies the text of a run's plan. Throws when it has none yet. */
export async function copyPlan(app: App, run: string): Promise<void> {
  const { plan } = await app.runs.show(run);
  if (!plan) throw new Error(t('This run has no plan yet.'));
  await vscode.env.clipboard.writeText(plan);
  vscode.window.setStatusBarMessage(t('Plan copied'), shortMs);
}

const shortMs = 3_000;

/** Shows the report of a finished run as a page of text. */
export async function openReport(run: string): Promise<void> {
  await vscode.commands.executeCommand('markdown.showPreview', vscode.Uri.file(path.join(run, 'report.md')));
}

/** Opens the plan of a run as the file that it is. Throws when it has none yet. */
export async function openPlan(app: App, run: string): Promise<void> {
  const { plan } = await app.runs.show(run);
  if (!plan) throw new Error(t('This run has no plan yet.'));
  await vscode.window.showTextDocument(vscode.Uri.file(path.join(run, 'plan.json')));
}

/** Lets the user say where the model of a finished run goes; undefined when they give up. The source is never written to. */
export async function saveModelAs(app: App, run: string): Promise<vscode.Uri | undefined> {
  const { result, source } = await modelsOf(app, run);
  const target = await askNewModel(vscode.Uri.file(source), t('Save Model As'));
  if (!target) return undefined;
  await vscode.workspace.fs.copy(vscode.Uri.file(result), target, { overwrite: true });
  // Weights of large models lie in a second file, whose name the model knows.
  const weights = vscode.Uri.file(`${result}.data`);
  const beside = vscode.Uri.joinPath(target, '..', path.basename(weights.path));
  const hasWeights = await vscode.workspace.fs.stat(weights).then(
    () => true,
    () => false,
  );
  if (hasWeights) await vscode.workspace.fs.copy(weights, beside, { overwrite: false });
  return target;
}

/** Asks for the file of a new model made from a source, which can't be chosen. */
export async function askNewModel(source: vscode.Uri, title: string): Promise<vscode.Uri | undefined> {
  const stem = path.basename(source.path).replace(/\.onnx$/i, '');
  const target = await vscode.window.showSaveDialog({
    title,
    defaultUri: vscode.Uri.joinPath(source, '..', `${stem}-faster.onnx`),
    filters: { ONNX: ['onnx'] },
  });
  if (target?.toString() === source.toString())
    throw new Error(t('The source model is never written to. Choose another file.'));
  return target;
}

/** The source of a finished run and the model it made. Throws when the run is not finished. */
export async function modelsOf(app: App, run: string): Promise<Report['model']> {
  const { report } = await app.runs.show(run);
  if (!report) throw new Error(t('This run is not finished; it has no model yet.'));
  return report.model;
}
