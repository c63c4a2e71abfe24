import * as vscode from 'vscode';
import { settingsFor } from '../settings';
import { ms, percent, si } from '../format';
import { t } from '../l10n';
import { callFacts, type CallFacts } from './callFacts';
import type { CodeModels } from './codeModels';
import type { LayerFacts, ModelFacts } from './evidence';
import { wasteText } from './misfits';
import { rangeIn } from './sourceText';
import { evidenceText, originText, shapeText } from './texts';
import { unknownPlaces, type UnknownPlace } from './unknownPlaces';

/** Instances that a hover lists at most. */
const mostRows = 12;

/** What every layer of a call costs, and could cost. */
export class CodeHovers implements vscode.HoverProvider {
  constructor(private readonly models: CodeModels) {}

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined> {
    const model = await this.models.of(document);
    if (!model) return undefined;
    const { facts, source, analysis } = model;
    for (const call of facts ? callFacts(analysis, facts) : []) {
      const range = rangeIn(document, source, call.call.calleeRange);
      if (range?.contains(position)) return new vscode.Hover(callTooltip(call, facts!), range);
    }
    // Of a statement over many lines the first speaks.
    const place = unknownPlaces(document, model).find(
      ({ range }) => range.contains(position) && range.start.line === position.line,
    );
    return place && new vscode.Hover(unknownText(place), place.range);
  }
}

function unknownText({ reason }: UnknownPlace): vscode.MarkdownString {
  return new vscode.MarkdownString(`**${t('Layerwise: not evaluated')}**\n\n`).appendText(reason);
}

/** A table of the call's layers, the times of ranks, and where the figures come from. */
export function callTooltip({ layers, width }: CallFacts, facts: ModelFacts): vscode.MarkdownString {
  const lines = [
    `**${facts.model.entry}**`,
    '',
    `| ${[t('Layer'), t('Shape'), t('MACs'), t('Now'), t('Rank'), t('Then'), ''].join(' | ')} |`,
    '|---|---|--:|--:|---|--:|---|',
    ...layers.slice(0, mostRows).map(row),
    ...(layers.length > mostRows ? [`| ${t('{0} more', layers.length - mostRows)} | | | | | | |`] : []),
    '',
    ...staircaseLines(layers),
    ...(width ? [wasteText(width), ''] : []),
    originText(facts, deviceText()),
  ];
  return new vscode.MarkdownString(lines.join('\n'));
}

/** The device that is set, in words: `CPU, 1 thread`. */
export function deviceText(): string {
  const { provider, threads } = settingsFor().device;
  return threads === 1
    ? t('{0}, 1 thread', provider.toUpperCase())
    : t('{0}, {1} threads', provider.toUpperCase(), threads);
}

function row({ layer, ms: time, suggestion, kept, stale }: LayerFacts): string {
  const cells = [
    `\`${layer.path}\``,
    shapesText(layer),
    layer.macs === null ? '?' : si(layer.macs),
    time === undefined ? '' : ms(time),
    suggestion ? t('{0} of {1}', suggestion.rank, suggestion.fullRank) : t('keep'),
    suggestion ? ms(suggestion.ms) : '',
    stale ? t('the exported model has another size here') : suggestion ? evidenceText(suggestion) : (kept ?? ''),
  ];
  // Figures stay on one line; the reason may break.
  const text = cells.map((cell, i) =>
    (i < cells.length - 1 ? cell.replace(/ /g, '\u00a0') : cell).replace(/\|/g, '\\|'),
  );
  return `| ${text.join(' | ')} |`;
}

function shapesText({ input, output }: LayerFacts['layer']): string {
  const [before, after] = [shapeText(input), shapeText(output)];
  return before === after ? after : `${before} → ${after}`;
}

/** Times against ranks of the first layer that has them. */
function staircaseLines(layers: readonly LayerFacts[]): string[] {
  const staircase = layers.find((facts) => facts.staircase)?.staircase;
  if (!staircase) return [];
  const { points, keepMs } = staircase;
  const shown = points.map(({ rank, ms: time }) => `${rank}: ${ms(time)} (${percent(time / keepMs)})`);
  return [`${t('Time by rank')}: ${shown.join(', ')}; ${t('as it is')}: ${ms(keepMs)}`, ''];
}
