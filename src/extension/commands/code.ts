import * as vscode from 'vscode';
import { fullRank, methodOf, sizesOf, type SourceChoice } from '../../source/rewrite/choice';
import { RewriteError } from '../../source/rewrite/errors';
import { extractHelper } from '../../source/rewrite/extractHelper';
import { modulePath } from '../../source/rewrite/modulePaths';
import type { SourceCall } from '../../source/sourceModel';
import { rewriteCall, type Rewrite } from '../../source/rewrite/rewriteCall';
import { rewritePlan } from '../../source/rewrite/rewritePlan';
import { roundWidth } from '../../source/rewrite/roundWidth';
import { torchPlanModule } from '../../source/rewrite/torchPlanModule';
import type { App } from '../app';
import type { CodeModel } from '../code/codeModels';
import { unknownPlaces } from '../code/unknownPlaces';
import { workspaceEdit } from '../code/workspaceEdit';
import { askPick, askText } from '../flows/ask';
import { back } from '../flows/steps';
import { si } from '../format';
import { t } from '../l10n';
import { nameOf, runRow } from '../views/runRows';

const only = { step: 1, total: 1 } as const;

/** Measures the layers of the model in a Python file that the latency table does not know. */
export async function measureCode(app: App, argument: unknown): Promise<void> {
  const { document } = await codeOf(app, argument);
  await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: t('Measuring the layers of this file'),
      cancellable: true,
    },
    (progress, token) => {
      let done = 0;
      return app.code.measure(document, {
        token,
        onProgress: ({ fraction, message }) => {
          progress.report({ message, increment: 100 * (fraction - done) });
          done = fraction;
        },
      });
    },
  );
}

/** Shows another of the models that a file makes; which one is asked when it is not named. */
export async function chooseCodeModel(app: App, argument: unknown, named?: unknown): Promise<void> {
  const { document, model } = await codeOf(app, argument);
  if (typeof named === 'string') return app.code.show(document, named);
  const entry = await askPick({
    ...only,
    title: t('Choose Model'),
    placeholder: t('Model whose figures are shown in this file'),
    items: model.analysis.models.map((one) => ({
      label: one.entry,
      description: one.failure ?? t('{0} MACs, {1} layers', si(one.totals.macs ?? 0), one.totals.layers),
      value: one.entry,
    })),
    active: model.facts?.model.entry,
  });
  if (typeof entry === 'string') await app.code.show(document, entry);
}

/** Lists the places of a Python file that could not be evaluated, and goes to the one that is chosen. */
export async function showUnknownPlaces(app: App, argument: unknown): Promise<void> {
  const { document, model } = await codeOf(app, argument);
  const places = unknownPlaces(document, model);
  if (places.length === 0) {
    vscode.window.setStatusBarMessage(t('No place is known that was not evaluated'), 3_000);
    return;
  }
  const chosen = await askPick({
    ...only,
    title: t('Not Evaluated'),
    placeholder: t('Layers that these places lead to are not known'),
    items: places.map(({ range, reason }, value) => ({
      label: reason,
      description: t('line {0}', range.start.line + 1),
      detail: document.lineAt(range.start.line).text.trim(),
      value,
    })),
  });
  const place = typeof chosen === 'number' ? places[chosen] : undefined;
  if (place) await vscode.window.showTextDocument(document, { selection: place.range });
}

/** Opens the page of the exported model that belongs to the code. */
export async function openCodeModel(app: App, argument: unknown): Promise<void> {
  const { model } = await codeOf(app, argument);
  const uri = model.facts?.exported?.uri;
  if (!uri)
    throw new RewriteError(t('No model of the workspace was exported from this code.'), t('Export it to ONNX.'));
  await app.editors.show(vscode.Uri.parse(uri));
}

/**
 * Rewrites the layer of a call into its factored form, shown before it is done.
 * @param path of a layer that the call makes: unlike a place it still means the same when the text has changed; the cursor's
 *   call when it is not given
 */
export async function rewriteLayer(
  app: App,
  argument: unknown,
  path: unknown,
  choice: unknown,
  form: unknown = 'inline',
): Promise<void> {
  const { document, model } = await codeOf(app, argument);
  const call = typeof path === 'string' ? callOf(model, path) : callAt(model, offsetOfSelection(document));
  const [layer] = call.instances;
  const sizes = layer && sizesOf(layer);
  if (!sizes) throw new RewriteError(t('The sizes of this layer are not known.'), t('Name an input in the settings.'));
  const chosen = isChoice(choice) ? choice : await askChoice(methodOf(sizes), fullRank(sizes));
  if (!chosen) return;
  await preview(document, model, rewriteCall(model.source.text, call, chosen, form === 'helper' ? 'helper' : 'inline'));
}

/** Rewrites the layers of several calls by one helper function, shown before it is done. */
export async function extractCodeHelper(app: App, argument: unknown, chosen: unknown): Promise<void> {
  const { document, model } = await codeOf(app, argument);
  const calls = (Array.isArray(chosen) ? (chosen as { path: string; choice: unknown }[]) : []).flatMap(
    ({ path, choice }) => (isChoice(choice) ? [{ call: callOf(model, path), choice }] : []),
  );
  await preview(document, model, extractHelper(model.source.text, calls));
}

/** Gives the layer of a call, and those joined to it, a width that fills the device's vectors; shown before it is done. */
export async function roundCodeWidth(app: App, argument: unknown, path: unknown, width: unknown): Promise<void> {
  const { document, model } = await codeOf(app, argument);
  if (typeof path !== 'string' || typeof width !== 'number') return;
  const call = callOf(model, path);
  const again = await app.code.reader(document);
  await preview(document, model, roundWidth(model.source.text, model.analysis, call, width, again));
}

/** Applies the plan of a run to the model in the code, shown before it is done. */
export async function applyPlanToCode(app: App, argument: unknown): Promise<void> {
  const { document, model } = await codeOf(app, argument);
  const { facts } = model;
  if (!facts) throw new RewriteError(t('There is no model in this file.'), t('Open a file that defines one.'));
  const run = facts.exported?.run ?? (await pickRun(app));
  if (!run) return;
  const paths = new Set(facts.model.layers.map((layer) => layer.path));
  const choices = await planChoices(app, run, paths);
  await preview(document, model, rewritePlan(model.source.text, model.analysis, facts.model, choices));
}

/** Copies a Python module that applies a run's plan to any live model. */
export async function copyPlanAsPyTorch(app: App, argument: unknown): Promise<void> {
  const run = typeof argument === 'string' ? argument : await pickRun(app);
  if (!run) return;
  const choices = await planChoices(app, run);
  const ranks = new Map([...choices].map(([layer, { rank }]) => [layer, rank]));
  await vscode.env.clipboard.writeText(torchPlanModule({ model: nameOf(run), ranks }));
  vscode.window.setStatusBarMessage(t('Plan copied as a Python module'), 3_000);
}

async function codeOf(
  app: App,
  argument: unknown,
): Promise<{ readonly document: vscode.TextDocument; readonly model: CodeModel }> {
  const uri = argument instanceof vscode.Uri ? argument : vscode.window.activeTextEditor?.document.uri;
  const document = uri && (await vscode.workspace.openTextDocument(uri));
  const model = document && (await app.code.whole(document));
  if (!document || !model)
    throw new RewriteError(t('There is no model in this file.'), t('Open a Python file that defines one.'));
  return { document, model };
}

/** The call that makes a layer of the shown model. Throws a RewriteError when none does. */
function callOf({ analysis, facts }: CodeModel, path: string): SourceCall {
  return found(
    analysis.calls.find(
      ({ role, instances }) =>
        role === 'layer' && instances.some((one) => one.path === path && one.entry === facts?.model.entry),
    ),
  );
}

function callAt({ analysis, source }: CodeModel, offset: number): SourceCall {
  const at = source.start + offset;
  return found(analysis.calls.find(({ role, range }) => role === 'layer' && range.from <= at && at <= range.to));
}

function found(call: SourceCall | undefined): SourceCall {
  if (call) return call;
  throw new RewriteError(t('There is no layer here.'), t('Put the cursor on a call such as nn.Conv2d(...).'));
}

function offsetOfSelection(document: vscode.TextDocument): number {
  const editor = vscode.window.visibleTextEditors.find((one) => one.document === document);
  return editor ? document.offsetAt(editor.selection.active) : 0;
}

function isChoice(value: unknown): value is SourceChoice {
  return typeof value === 'object' && value !== null && 'method' in value && 'rank' in value;
}

async function askChoice(method: SourceChoice['method'], full: number): Promise<SourceChoice | undefined> {
  const text = await askText({
    ...only,
    title: t('Rewrite Layer'),
    prompt: t('Rank, from 1 to {0}', full),
    value: String(Math.max(1, full >> 2)),
    problem: (typed) => {
      const rank = Number(typed);
      return Number.isInteger(rank) && rank >= 1 && rank <= full ? undefined : t('Rank, from 1 to {0}', full);
    },
  });
  return text === undefined || text === back ? undefined : { method, rank: Number(text) };
}

async function pickRun(app: App): Promise<string | undefined> {
  const finished = (await app.runs.load()).filter(({ state }) => state === 'finished');
  const run = await askPick({
    ...only,
    title: t('Apply Plan'),
    placeholder: t('Run whose plan is taken'),
    items: finished.map((one) => ({
      label: nameOf(one.path),
      description: runRow(one, undefined).description,
      value: one.path,
    })),
  });
  return typeof run === 'string' ? run : undefined;
}

/** The plan's choices by the paths of the code's layers. Throws a RewriteError for a layer whose path can't be told. */
async function planChoices(app: App, run: string, paths?: ReadonlySet<string>): Promise<Map<string, SourceChoice>> {
  const { plan, summary } = await app.runs.show(run);
  if (!plan) throw new RewriteError(t('This run has no plan yet.'), t('Let it finish, or choose another.'));
  const { sites } = JSON.parse(plan) as {
    sites: Record<string, { method: SourceChoice['method']; choice: 'keep' | { rank: number } }>;
  };
  const { layers } = await app.models.summary(vscode.Uri.file(summary.model));
  const weights = new Map(layers.map(({ name, weight }) => [name, weight]));
  return new Map(
    Object.entries(sites).flatMap(([node, { method, choice }]) => {
      if (choice === 'keep') return [];
      const layer = modulePath({ node, weight: weights.get(node) }, paths);
      if (layer === undefined)
        throw new RewriteError(
          t('The plan names {0}, which the code does not have.', node),
          t('Export the model from this code and search again.'),
        );
      return [[layer, { method, rank: choice.rank }] as const];
    }),
  );
}

/** Shows the edits in the refactoring preview; they are done, and undone, as one. */
async function preview(document: vscode.TextDocument, model: CodeModel, rewrite: Rewrite): Promise<void> {
  // The editor leaves what it shows unticked.
  const help = vscode.window.setStatusBarMessage(t('Tick the change in the preview, then apply it'));
  try {
    await vscode.workspace.applyEdit(workspaceEdit(document, model, rewrite), { isRefactoring: true });
  } finally {
    help.dispose();
  }
}
