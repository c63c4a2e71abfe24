import * as vscode from 'vscode';
import { t } from '../l10n';
import { callFacts, type CallFacts } from './callFacts';
import type { CodeModels } from './codeModels';
import { codeSettings } from './codeSettings';
import { callTooltip } from './hovers';
import { rangeIn } from './sourceText';
import { hintText, inputNoteText } from './texts';
import { unknownPlaces, type UnknownPlace } from './unknownPlaces';

/** A document rests this long before its status is told anew. */
const quietMs = 400;

/** A layer that costs less than this share of the model has no hint where hints are minimal. */
const leastShare = 0.02;

/** What a layer costs, at the end of its line. */
export class CodeHints implements vscode.InlayHintsProvider {
  readonly onDidChangeInlayHints: vscode.Event<void>;

  constructor(private readonly models: CodeModels) {
    this.onDidChangeInlayHints = models.onDidChange;
  }

  async provideInlayHints(document: vscode.TextDocument, visible: vscode.Range): Promise<vscode.InlayHint[]> {
    const model = await this.models.of(document);
    if (!model?.facts) return [];
    const { facts, source, analysis } = model;
    const all = codeSettings(document).hints === 'all';
    const hints = new Map<number, vscode.InlayHint>();
    for (const call of callFacts(analysis, facts)) {
      const range = rangeIn(document, source, call.call.range);
      if (!range || !visible.intersection(range)) continue;
      if (!all && isSmall(call, facts.model.totals.macs)) continue;
      const end = document.lineAt(range.end.line).range.end;
      // The outermost call of a line speaks for the line.
      if (hints.has(end.line)) continue;
      const text = hintText(call);
      if (text === '') continue;
      const hint = new vscode.InlayHint(end, text);
      hint.paddingLeft = true;
      hint.tooltip = callTooltip(call, facts);
      hints.set(end.line, hint);
    }
    return [...hints.values()];
  }
}

function isSmall({ macs }: CallFacts, whole: number | null): boolean {
  return macs !== undefined && whole !== null && macs < leastShare * whole;
}

/** Says in the language status what the hints are about and lets another model be chosen; and what could not be evaluated. */
export class CodeStatus implements vscode.Disposable {
  private readonly item: vscode.LanguageStatusItem;
  /** Is there only while there is something to say. */
  private unknown: vscode.LanguageStatusItem | undefined;
  private timer: NodeJS.Timeout | undefined;
  private disposed = false;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly models: CodeModels) {
    this.item = vscode.languages.createLanguageStatusItem('layerwise.code', { language: 'python' });
    this.item.name = 'Layerwise';
    const update = (): void => void this.update();
    this.subscriptions = [
      this.item,
      vscode.window.onDidChangeActiveTextEditor(update),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document === vscode.window.activeTextEditor?.document) this.later(update);
      }),
      models.onDidChange(update),
    ];
    update();
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
    this.unknown?.dispose();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private later(update: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(update, quietMs);
  }

  private async update(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    const model = document && (await this.models.of(document));
    if (this.disposed || document !== vscode.window.activeTextEditor?.document) return;
    this.item.text = model?.facts ? t('Layerwise: {0}', model.facts.model.entry) : t('Layerwise: no model');
    this.item.detail = model?.facts && inputNoteText(model.facts.model.inputNote);
    this.item.command = model?.facts ? { command: 'layerwise.chooseCodeModel', title: t('Choose Model') } : undefined;
    this.say(document && model ? unknownPlaces(document, model) : []);
  }

  private say([first, ...more]: readonly UnknownPlace[]): void {
    if (!first) {
      this.unknown?.dispose();
      this.unknown = undefined;
      return;
    }
    this.unknown ??= vscode.languages.createLanguageStatusItem('layerwise.unknown', { language: 'python' });
    this.unknown.name = t('Layerwise: not evaluated');
    this.unknown.text = more.length === 0 ? t('1 place not evaluated') : t('{0} places not evaluated', more.length + 1);
    this.unknown.detail = t('line {0}: {1}', first.range.start.line + 1, first.reason);
    this.unknown.command = { command: 'layerwise.showUnknownPlaces', title: t('Show') };
  }
}
