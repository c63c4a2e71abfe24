import * as vscode from 'vscode';
import { t } from '../l10n';
import { callFacts } from './callFacts';
import type { CodeModels } from './codeModels';
import { rangeIn } from './sourceText';
import { suggestionText, widthText } from './texts';

/** The lenses' twins for the keyboard: a layer's suggested form in place or by a helper function, a plan on the model. */
export class CodeActions implements vscode.CodeActionProvider {
  static readonly kinds = [vscode.CodeActionKind.RefactorRewrite];

  constructor(private readonly models: CodeModels) {}

  async provideCodeActions(document: vscode.TextDocument, selected: vscode.Range): Promise<vscode.CodeAction[]> {
    const model = await this.models.of(document);
    if (!model?.facts) return [];
    const { analysis, source, facts } = model;
    const actions = callFacts(analysis, facts).flatMap(({ call, suggestion, width }) => {
      const range = call.role === 'layer' ? rangeIn(document, source, call.range) : undefined;
      if (!range?.intersection(selected)) return [];
      const choice = suggestion && { method: suggestion.method, rank: suggestion.rank };
      const ways = choice
        ? [
            action(suggestionText(suggestion, suggestion.instances), [document.uri, call.range.from, choice]),
            action(t('The same by a helper function'), [document.uri, call.range.from, choice, 'helper']),
          ]
        : [];
      if (width) ways.push(action(widthText(width), [document.uri, call.range.from, width.to], 'layerwise.roundWidth'));
      return [...ways, action(t('Rewrite this layer at a rank...'), [document.uri, call.range.from])];
    });
    if (facts.exported?.run && actions.length > 0) {
      const apply = new vscode.CodeAction(t('Apply the plan to {0}', facts.model.entry), CodeActions.kinds[0]);
      apply.command = { command: 'layerwise.applyPlanToCode', title: apply.title, arguments: [document.uri] };
      actions.push(apply);
    }
    return actions;
  }
}

function action(title: string, args: unknown[], command = 'layerwise.rewriteLayer'): vscode.CodeAction {
  const result = new vscode.CodeAction(title, CodeActions.kinds[0]);
  result.command = { command, title, arguments: args };
  return result;
}
