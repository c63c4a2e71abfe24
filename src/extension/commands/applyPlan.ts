import * as path from 'node:path';
import * as vscode from 'vscode';
import type { App } from '../app';
import { askPick, type Choice } from '../flows/ask';
import { pickModelStep } from '../flows/modelPicker';
import type { back } from '../flows/steps';
import { runSteps } from '../flows/steps';
import { t } from '../l10n';
import { askNewModel } from '../runFiles';
import { nameOf, runRow } from '../views/runRows';
import { compareFiles } from './compare';

interface Answers {
  readonly plan?: vscode.Uri;
  readonly model?: vscode.Uri;
}

/** Writes the model that a plan makes, without training, to a new file. */
export async function applyPlan(app: App, argument: unknown): Promise<void> {
  const title = t('Apply Plan');
  const given = argument instanceof vscode.Uri ? argument : openPlanFile();
  const start: Answers = given ? { plan: given } : {};
  const answers = await runSteps(start, () => [
    ...(given
      ? []
      : [
          async (state: Answers, position: { step: number; total: number }) => {
            const plan = await pickPlan(app, title, position);
            return plan instanceof vscode.Uri ? { ...state, plan } : plan;
          },
        ]),
    async (state, position) => {
      const model = await pickModelStep(app, title, t('Model to apply the plan to'), position);
      return model instanceof vscode.Uri ? { ...state, model } : model;
    },
  ]);
  if (!answers?.plan || !answers.model) return;
  const { plan, model } = answers;
  const out = await askNewModel(model, title);
  if (!out) return;
  const text = (await vscode.workspace.openTextDocument(plan)).getText();
  const result = await app.activities.run(
    { title: t('Applying {0}', nameOf(plan.path)), model: model.fsPath, view: app.views.modelsPlace },
    async (_onProgress, token) =>
      app.engine.request('apply', { ...(await app.models.paramsOf(model)), plan: text, out: out.fsPath }, { token }),
  );
  const [open, compare] = [t('Open'), t('Compare with Source')];
  const chosen = await vscode.window.showInformationMessage(
    t('{0} was written: {1} layers rewritten, nothing trained.', nameOf(result.model), result.layers.length),
    open,
    compare,
  );
  if (chosen === open) await app.editors.show(out);
  if (chosen === compare) await compareFiles(app, model, out);
}

/** The plan in the editor that has the focus. */
function openPlanFile(): vscode.Uri | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === 'layerwise-plan' ? document.uri : undefined;
}

const browse = Symbol('browse');

async function pickPlan(
  app: App,
  title: string,
  position: { readonly step: number; readonly total: number },
): Promise<vscode.Uri | typeof back | undefined> {
  const runs = (await app.runs.load()).filter(({ state }) => state === 'finished');
  const files = await vscode.workspace.findFiles('**/*.plan.json', '**/node_modules/**');
  const items: Choice<vscode.Uri | typeof browse>[] = [
    ...files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), value: uri })),
    ...runs.map((run) => ({
      label: nameOf(run.path),
      description: runRow(run, undefined).description,
      value: vscode.Uri.file(path.join(run.path, 'plan.json')),
    })),
    { label: t('Browse...'), value: browse },
  ];
  for (;;) {
    const answer = await askPick<vscode.Uri | typeof browse>({ ...position, title, placeholder: t('Plan'), items });
    if (answer !== browse) return answer;
    const chosen = await vscode.window.showOpenDialog({ title, filters: { [t('Plans')]: ['json'] } });
    if (chosen?.[0]) return chosen[0];
  }
}
