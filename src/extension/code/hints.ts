import * as vscode from 'vscode';
import { t } from '../l10n';
import { callFacts, type CallFacts } from './callFacts';
import type { CodeModels } from './codeModels';
import { codeSettings } from './codeSettings';
import { callTooltip } from './hovers';
import { rangeIn } from './sourceText';
import { hintText } from './texts';

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
      const hint = new vscode.InlayHint(end, hintText(call));
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

/** Says in the language status what the hints are about, and lets another model be chosen. */
export class CodeStatus implements vscode.Disposable {
  private readonly item: vscode.LanguageStatusItem;
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly models: CodeModels) {
    this.item = vscode.languages.createLanguageStatusItem('layerwise.code', { language: 'python' });
    this.item.name = 'Layerwise';
    const update = (): void => void this.update();
    this.subscriptions = [this.item, vscode.window.onDidChangeActiveTextEditor(update), models.onDidChange(update)];
    update();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private async update(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    const model = document && (await this.models.of(document));
    this.item.text = model?.facts ? t('Layerwise: {0}', model.facts.model.entry) : t('Layerwise: no model');
    this.item.detail = model?.facts?.model.inputNote;
    this.item.command = model?.facts ? { command: 'layerwise.chooseCodeModel', title: t('Choose Model') } : undefined;
  }
}
