import * as vscode from 'vscode';
import { callFacts } from './callFacts';
import type { CodeModel, CodeModels } from './codeModels';
import { codeSettings } from './codeSettings';
import { missingTexts, staleText, wasteText } from './misfits';
import { rangeIn } from './sourceText';

/** Documents rest this long before they are looked at. */
const quietMs = 400;

const widthCode = 'width';

/** Whether a diagnostic is about a width that another one fits better. */
export function isWidth({ source, code }: vscode.Diagnostic): boolean {
  return source === 'Layerwise' && code === widthCode;
}

/** Hints on lines where the exported model or the plan no longer fits the code, and on widths that waste vectors. */
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

function problems(document: vscode.TextDocument, model: CodeModel): vscode.Diagnostic[] {
  const { analysis, source, facts } = model;
  if (!facts) return [];
  const inCalls = callFacts(analysis, facts).flatMap((call) => {
    const range = rangeIn(document, source, call.call.range);
    if (!range) return [];
    const stale = facts.exported && staleText(call, facts.exported);
    // Of a helper's call the width stands inside the helper.
    const wide = call.width && call.call.role === 'layer' ? wasteText(call.width) : undefined;
    return [
      ...(stale === undefined ? [] : [hint(range, stale)]),
      ...(wide === undefined ? [] : [hint(range, wide, widthCode)]),
    ];
  });
  const header = analysis.definitions.find(({ name }) => name === facts.model.entry)?.header ?? facts.model.range;
  const place = rangeIn(document, source, header);
  return [
    ...inCalls,
    ...(place ? missingTexts(facts).map((message) => hint(firstLine(document, place), message)) : []),
  ];
}

function firstLine(document: vscode.TextDocument, { start, end }: vscode.Range): vscode.Range {
  return new vscode.Range(start, end.line === start.line ? end : document.lineAt(start.line).range.end);
}

function hint(range: vscode.Range, message: string, code?: string): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Hint);
  diagnostic.source = 'Layerwise';
  diagnostic.code = code;
  return diagnostic;
}
