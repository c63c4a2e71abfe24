import * as vscode from 'vscode';
import type { LayerSummary } from '../../protocol/model';
import type { Activities } from '../activities';
import { failureOf } from '../failure';
import { t } from '../l10n';
import type { LayerMarks } from '../state/layerMarks';
import type { Models } from '../state/models';
import { layerRow, layerTooltip, modelRow, modelTooltip, type LayerState, type ModelState } from './modelRows';
import { escape, listed, type Row } from './row';
import { RowTree } from './rowTree';

export interface ModelNode {
  readonly kind: 'model';
  readonly uri: vscode.Uri;
  readonly open: boolean;
}

export interface LayerNode {
  readonly kind: 'layer';
  readonly uri: vscode.Uri;
  readonly layer: LayerSummary;
}

/** Stands for the layers of a model that can't be read. */
export interface ProblemNode {
  readonly kind: 'problem';
  readonly uri: vscode.Uri;
  readonly error: unknown;
}

export type ModelsNode = ModelNode | LayerNode | ProblemNode;

/** The Models view: models of the workspace, each with its layers. */
export class ModelsTree extends RowTree<ModelsNode> {
  private roots: ModelNode[] = [];
  /** States of models that were looked into. */
  private readonly states = new Map<string, Pick<ModelState, 'summary' | 'times'>>();

  constructor(
    private readonly models: Models,
    private readonly marks: LayerMarks,
    private readonly activities: Activities,
  ) {
    super();
    this.subscriptions.push(
      models.files.onDidChange(() => this.refresh()),
      models.onDidChange((uri) => {
        if (uri) this.states.delete(uri.toString());
        else this.states.clear();
        this.refresh(uri && this.nodeOf(uri));
      }),
      marks.onDidChange((uri) => this.refresh(this.nodeOf(uri))),
      activities.onDidChange(() => this.refreshBusy()),
    );
  }

  async getChildren(node?: ModelsNode): Promise<ModelsNode[]> {
    if (!node) {
      const list = await this.models.files.list();
      this.roots = list.map(({ uri, open }) => ({ kind: 'model', uri, open }));
      return this.roots;
    }
    return node.kind === 'model' ? this.layersOf(node) : [];
  }

  getParent(node: ModelsNode): ModelsNode | undefined {
    return node.kind === 'model' ? undefined : this.nodeOf(node.uri);
  }

  /** The row of a model; undefined when it is not in the list. */
  nodeOf(uri: vscode.Uri): ModelNode | undefined {
    return this.roots.find((root) => root.uri.toString() === uri.toString());
  }

  /** The row of a layer, once its model was looked into. */
  layerNodeOf(uri: vscode.Uri, name: string): LayerNode | undefined {
    const layer = this.states.get(uri.toString())?.summary?.layers.find((one) => one.name === name);
    return layer && { kind: 'layer', uri, layer };
  }

  protected row(node: ModelsNode): Row {
    switch (node.kind) {
      case 'model':
        return modelRow(this.modelState(node));
      case 'layer':
        return layerRow(this.layerState(node));
      case 'problem':
        return problemRow(node);
    }
  }

  protected tooltip(node: ModelsNode): string {
    switch (node.kind) {
      case 'model':
        return modelTooltip(this.modelState(node), Date.now());
      case 'layer':
        return layerTooltip(this.layerState(node));
      case 'problem': {
        const { message, hint } = failureOf(node.error);
        return [message, hint].flatMap((text) => (text ? [escape(text)] : [])).join('\n\n');
      }
    }
  }

  private async layersOf({ uri }: ModelNode): Promise<ModelsNode[]> {
    try {
      const summary = await this.models.summary(uri);
      const times = await this.models.knownTimes(uri).catch(() => undefined);
      const before = this.states.get(uri.toString());
      this.states.set(uri.toString(), { summary, times });
      // The model's own row has figures now that it had not when it was drawn.
      if (before?.summary !== summary || before.times !== times) setTimeout(() => this.refresh(this.nodeOf(uri)));
      return summary.layers.map((layer) => ({ kind: 'layer', uri, layer }));
    } catch (error) {
      return [{ kind: 'problem', uri, error }];
    }
  }

  private modelState({ uri, open }: ModelNode): ModelState {
    const relative = vscode.workspace.asRelativePath(uri);
    const slash = relative.lastIndexOf('/');
    const path = uri.fsPath;
    return {
      uri: uri.toString(),
      name: relative.slice(slash + 1),
      folder: relative.slice(0, Math.max(0, slash)),
      open,
      activity: this.activities.list.find(({ model }) => model === path),
      ...this.states.get(uri.toString()),
    };
  }

  private layerState({ uri, layer }: LayerNode): LayerState {
    const time = this.models.timesAtHand(uri)?.layers.find(({ name }) => name === layer.name);
    return { model: uri.toString(), layer, time, marks: this.marks.of(uri) };
  }

  private readonly busy = new Set<string>();

  /** Draws the rows of models anew that are, or were, busy. */
  private refreshBusy(): void {
    const now = new Set(this.activities.list.flatMap(({ model }) => (model ? [model] : [])));
    for (const root of this.roots) {
      const path = root.uri.fsPath;
      if (now.has(path) || this.busy.has(path)) this.refresh(root);
    }
    this.busy.clear();
    for (const path of now) this.busy.add(path);
  }
}

function problemRow({ uri, error }: ProblemNode): Row {
  const { message, hint } = failureOf(error);
  return {
    id: `${uri.toString()}#problem`,
    label: message,
    icon: 'error',
    color: 'errorForeground',
    context: 'layerwise.problem',
    accessible: listed(t('Problem'), message, hint),
  };
}
