import * as vscode from 'vscode';
import { helperOf } from '../../source/rewrite/helpers';
import { t } from '../l10n';
import { callFacts, type CallFacts } from './callFacts';
import type { CodeModels } from './codeModels';
import { isWidth } from './diagnostics';
import { rangeIn } from './sourceText';
import { suggestionText, widthText } from './texts';

const rewrite = vscode.CodeActionKind.RefactorRewrite;
const extract = vscode.CodeActionKind.RefactorExtract;
const fix = vscode.CodeActionKind.QuickFix;

/**
 * The lenses' twins for the keyboard: a layer's suggested form in place or by a helper function, all layers of that form by
 * one helper, another width, a plan on the model.
 */
export class CodeActions implements vscode.CodeActionProvider {
  static readonly kinds = [rewrite, extract, fix];

  constructor(private readonly models: CodeModels) {}

  async provideCodeActions(
    document: vscode.TextDocument,
    selected: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    const model = await this.models.of(document);
    if (!model?.facts) return [];
    const { analysis, source, facts } = model;
    const all = callFacts(analysis, facts).filter(({ call }) => call.role === 'layer');
    const actions = all
      .filter(({ call }) => rangeIn(document, source, call.range)?.intersection(selected))
      .flatMap((one) => actionsFor(document.uri, one, all, diagnostics.filter(isWidth)));
    if (facts.exported?.run && actions.length > 0) {
      const title = t('Apply the plan to {0}', facts.model.entry);
      actions.push(action(rewrite, title, 'layerwise.applyPlanToCode', [document.uri]));
    }
    return actions;
  }
}

function actionsFor(
  uri: vscode.Uri,
  { call, layers, suggestion, width }: CallFacts,
  all: readonly CallFacts[],
  diagnostics: vscode.Diagnostic[],
): vscode.CodeAction[] {
  const actions: vscode.CodeAction[] = [];
  const path = layers[0].layer.path;
  const layer = (kind: vscode.CodeActionKind, title: string, ...args: unknown[]): vscode.CodeAction =>
    action(kind, title, 'layerwise.rewriteLayer', [uri, path, ...args]);
  if (suggestion) {
    const choice = { method: suggestion.method, rank: suggestion.rank };
    actions.push(layer(rewrite, suggestionText(suggestion, suggestion.instances), choice));
    const helper = helperOf(call, choice);
    if (helper !== undefined) actions.push(layer(extract, t('The same by a helper function'), choice, 'helper'));
    const alike = all.flatMap((other) => {
      const chosen = other.suggestion && { method: other.suggestion.method, rank: other.suggestion.rank };
      return chosen && helper !== undefined && helperOf(other.call, chosen) === helper
        ? [{ path: other.layers[0].layer.path, choice: chosen }]
        : [];
    });
    if (alike.length > 1) {
      const title = t('All {0} suggested layers of this form by one helper function', alike.length);
      actions.push(action(extract, title, 'layerwise.extractHelper', [uri, alike]));
    }
  }
  if (width) {
    const round = action(fix, widthText(width), 'layerwise.roundWidth', [uri, path, width.to]);
    round.diagnostics = diagnostics;
    actions.push(round);
  }
  return [...actions, layer(rewrite, t('Rewrite this layer at a rank...'))];
}

function action(kind: vscode.CodeActionKind, title: string, command: string, args: unknown[]): vscode.CodeAction {
  const result = new vscode.CodeAction(title, kind);
  result.command = { command, title, arguments: args };
  return result;
}
