import * as vscode from 'vscode';
import { t } from '../l10n';
import { callFacts } from './callFacts';
import type { CodeModels } from './codeModels';
import { codeSettings } from './codeSettings';
import { rangeIn } from './sourceText';

/** Documents rest this long before they are looked at. */
const quietMs = 400;

/** Hints on lines where the exported model or the plan no longer fits the code. */
export class CodeDiagnostics implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection('layerwise');
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly models: CodeModels) {
    const later = (document: vscode.TextDocument): void => this.later(document);
    this.subscriptions = [
      this.collection,
      vscode.workspace.onDidOpenTextDocument(later),
      vscode.workspace.onDidChangeTextDocument(({ document }) => later(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.collection.delete(uri)),
      models.onDidChange(() => vscode.workspace.textDocuments.forEach(later)),
    ];
    vscode.workspace.textDocuments.forEach(later);
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private later(document: vscode.TextDocument): void {
    if (document.languageId !== 'python') return;
    const key = document.uri.toString();
    clearTimeout(this.timers.get(key));
    this.timers.set(
      key,
      setTimeout(() => {
        this.timers.delete(key);
        void this.look(document);
      }, quietMs),
    );
  }

  private async look(document: vscode.TextDocument): Promise<void> {
    if (document.isClosed) return;
    const model = codeSettings(document).diagnostics ? await this.models.of(document) : undefined;
    this.collection.set(document.uri, model?.facts ? problems(document, model) : []);
  }
}

function problems(
  document: vscode.TextDocument,
  { analysis, source, facts }: NonNullable<Awaited<ReturnType<CodeModels['of']>>>,
): vscode.Diagnostic[] {
  if (!facts?.exported) return [];
  const { exported, model } = facts;
  const stale = callFacts(analysis, facts).flatMap(({ call, layers }) => {
    const range = rangeIn(document, source, call.range);
    const other = layers.find((layer) => layer.stale);
    if (!range || !other?.exported) return [];
    const sizes = other.exported.weightDims.join('x');
    return hint(
      range,
      t('{0} has a weight of {1} here: it was exported from other code. Export it again.', exported.name, sizes),
    );
  });
  const paths = new Set(model.layers.map(({ path }) => path));
  const planned = (exported.report?.layers ?? []).filter(({ rank }) => rank !== undefined).map(({ name }) => name);
  const present = new Set([...exported.layers].flatMap(([path, { name }]) => (paths.has(path) ? name : [])));
  const lost = planned.filter((name) => !present.has(name));
  const header = analysis.definitions.find(({ name }) => name === model.entry)?.header;
  const place = header && rangeIn(document, source, header);
  if (lost.length > 0 && place) {
    stale.push(
      hint(place, t('The newest plan for {0} names layers that the code lacks: {1}.', exported.name, lost.join(', '))),
    );
  }
  return stale;
}

function hint(range: vscode.Range, message: string): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Hint);
  diagnostic.source = 'Layerwise';
  return diagnostic;
}
