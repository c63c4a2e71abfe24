import * as vscode from 'vscode';
import type { App } from '../app';
import { askText } from '../flows/ask';
import { wholeProblem } from '../flows/validate';
import { t } from '../l10n';
import type { LayerNode } from '../views/modelsTree';

/** Fixes the rank of a layer for every search. */
export async function pinLayer(app: App, argument: unknown): Promise<void> {
  const { kind, uri, layer } = argument as LayerNode;
  if (kind !== 'layer' || !layer.site) return;
  const { fullRank } = layer.site;
  const answer = await askText({
    step: 1,
    total: 1,
    title: t('Pin the Rank of {0}', layer.name),
    prompt: t('A rank from 1 to {0}', fullRank),
    value: String((app.marks.of(uri).pinned[layer.name] as number | undefined) ?? layer.site.breakEvenRank),
    problem: (text) =>
      wholeProblem(text, 1) ?? (Number(text) > fullRank ? t('The full rank is {0}.', fullRank) : undefined),
  });
  if (typeof answer !== 'string') return;
  await app.marks.pin(uri, layer.name, Number(answer));
  void vscode.commands.executeCommand('layerwise.showLayer', argument);
}
