import * as vscode from 'vscode';
import { t } from '../l10n';
import type { SourceModel } from '../../source/sourceModel';
import { callFacts, definitionFacts, modelTotals, type DefinitionFacts } from './callFacts';
import type { CodeModel, CodeModels } from './codeModels';
import { codeSettings } from './codeSettings';
import type { ModelFacts } from './evidence';
import { deviceText } from './hovers';
import { rangeIn } from './sourceText';
import { gainText, originText, suggestionText, totalsText, widthText } from './texts';

/** Totals over classes and functions, and a suggestion over every layer worth it. */
export class CodeLenses implements vscode.CodeLensProvider {
  readonly onDidChangeCodeLenses: vscode.Event<void>;

  constructor(private readonly models: CodeModels) {
    this.onDidChangeCodeLenses = models.onDidChange;
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!codeSettings(document).lenses) return [];
    const model = await this.models.of(document);
    return model
      ? [...definitionLenses(document, model), ...statementLenses(document, model), ...layerLenses(document, model)]
      : [];
  }
}

function definitionLenses(document: vscode.TextDocument, { analysis, source, facts }: CodeModel): vscode.CodeLens[] {
  if (!facts) return [];
  return analysis.definitions.flatMap((definition) => {
    const range = rangeIn(document, source, definition.header);
    if (!range) return [];
    const own = definitionFacts(definition, facts);
    if (!own)
      return otherModel(
        document,
        range,
        analysis.models.find(({ entry }) => entry === definition.name),
      );
    if (definition.name === facts.model.entry) return modelLenses(document, range, own, facts);
    const title = totalsText(own, false);
    return title ? [totalsLens(document, range, title, own.instances, facts)] : [];
  });
}

/** Over the statement that makes the shown model, where no definition of the file does. */
function statementLenses(document: vscode.TextDocument, { analysis, source, facts }: CodeModel): vscode.CodeLens[] {
  if (!facts) return [];
  const { entry, range: place } = facts.model;
  if (analysis.definitions.some(({ name, range }) => name === entry || range.from === place.from)) return [];
  const range = rangeIn(document, source, place);
  return range ? modelLenses(document, range, modelTotals(facts), facts, false) : [];
}

/** Totals of the shown model, and what can be done with it. */
function modelLenses(
  document: vscode.TextDocument,
  range: vscode.Range,
  own: DefinitionFacts & { readonly instances: number },
  facts: ModelFacts,
  takesPlan = true,
): vscode.CodeLens[] {
  const lens = (title: string, command: string): vscode.CodeLens => lensOf(document, range, facts, title, command);
  const totals = totalsText(own, true);
  const lenses = totals ? [totalsLens(document, range, totals, own.instances, facts)] : [];
  if (facts.measurable > 0) lenses.push(lens(t('Measure the layers on {0}', deviceText()), 'layerwise.measureCode'));
  const gain = gainText(own);
  const canApply = takesPlan && facts.exported?.run !== undefined;
  if (gain) lenses.push(lens(gain, canApply ? 'layerwise.applyPlanToCode' : 'layerwise.measureCode'));
  if (facts.exported) lenses.push(lens(t('Open {0}', facts.exported.name), 'layerwise.openCodeModel'));
  return lenses;
}

function totalsLens(
  document: vscode.TextDocument,
  range: vscode.Range,
  totals: string,
  instances: number,
  facts: ModelFacts,
): vscode.CodeLens {
  const count = instances > 1 ? `${t('{0} instances', instances)}: ` : '';
  return lensOf(document, range, facts, count + totals, 'layerwise.chooseCodeModel');
}

function lensOf(
  document: vscode.TextDocument,
  range: vscode.Range,
  facts: ModelFacts,
  title: string,
  command: string,
): vscode.CodeLens {
  const tooltip = originText(facts, deviceText());
  return new vscode.CodeLens(range, { title, command, tooltip, arguments: [document.uri] });
}

/** What another model of the file costs; a click shows its figures. */
function otherModel(document: vscode.TextDocument, range: vscode.Range, model?: SourceModel): vscode.CodeLens[] {
  if (!model || model.layers.length === 0) return [];
  const { macs, params } = model.totals;
  const title = totalsText({ macs: macs ?? undefined, params: params ?? undefined }, true);
  const tooltip = t('Show the figures of {0} in this file', model.entry);
  const args = [document.uri, model.entry];
  return title
    ? [new vscode.CodeLens(range, { title, tooltip, command: 'layerwise.chooseCodeModel', arguments: args })]
    : [];
}

function layerLenses(document: vscode.TextDocument, { analysis, source, facts }: CodeModel): vscode.CodeLens[] {
  if (!facts) return [];
  return callFacts(analysis, facts).flatMap(({ call, layers, suggestion, width }) => {
    const range = call.role === 'layer' ? rangeIn(document, source, call.range) : undefined;
    if (!range) return [];
    const lens = (title: string, tooltip: string, command: string, argument: unknown): vscode.CodeLens =>
      new vscode.CodeLens(range, {
        title,
        tooltip,
        command,
        arguments: [document.uri, layers[0].layer.path, argument],
      });
    const lenses: vscode.CodeLens[] = [];
    if (suggestion) {
      const { method, rank, instances } = suggestion;
      const title = suggestionText(suggestion, instances);
      lenses.push(lens(title, t('Preview the layer in this form'), 'layerwise.rewriteLayer', { method, rank }));
    }
    // What was not measured is a hint of the diagnostics, no promise over the line.
    if (width?.ms !== undefined)
      lenses.push(lens(widthText(width), t('Preview the layer at this width'), 'layerwise.roundWidth', width.to));
    return lenses;
  });
}
