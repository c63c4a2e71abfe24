import * as vscode from 'vscode';
import type { LayerSummary } from '../../protocol/model';
import type { Activities } from '../activities';
import type { LayerMarks } from '../state/layerMarks';
import type { Models } from '../state/models';
import { layerRow, layerTooltip, modelRow, modelTooltip, type LayerState, type ModelState } from './modelRows';
import { problemRow, problemTooltip } from './problemRow';
import type { Row } from './row';
import { RowTree } from './rowTree';

/** One object per model, so that the editor knows again what is refreshed. */
export interface ModelNode {
  readonly kind: 'model';
  readonly uri: vscode.Uri;
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
  private readonly nodes = new Map<string, ModelNode>();
  private readonly open = new Set<string>();
  private readonly expanded = new Set<string>();
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
    if (!node) return this.roots();
    return node.kind === 'model' ? this.layersOf(node) : [];
  }

  getParent(node: ModelsNode): ModelsNode | undefined {
    return node.kind === 'model' ? undefined : this.nodeOf(node.uri);
  }

  /** The row of a model; undefined when it was never in the list. */
  nodeOf(uri: vscode.Uri): ModelNode | undefined {
    return this.nodes.get(uri.toString());
  }

  /** Shows the layers of a model as soon as its row is drawn. */
  expand(uri: vscode.Uri): void {
    this.expanded.add(uri.toString());
  }

  /** The row of a layer, once its model was looked into. */
  layerNodeOf(uri: vscode.Uri, name: string): LayerNode | undefined {
    const layer = this.states.get(uri.toString())?.summary?.layers.find((one) => one.name === name);
    return layer && this.layerNode(uri, layer);
  }

  protected row(node: ModelsNode): Row {
    switch (node.kind) {
      case 'model':
        return modelRow(this.modelState(node));
      case 'layer':
        return layerRow(this.layerState(node));
      case 'problem':
        return problemRow(node.uri.toString(), node.error);
    }
  }

  protected tooltip(node: ModelsNode): string {
    switch (node.kind) {
      case 'model':
        return modelTooltip(this.modelState(node), Date.now());
      case 'layer':
        return layerTooltip(this.layerState(node));
      case 'problem':
        return problemTooltip(node.error);
    }
  }

  private async roots(): Promise<ModelNode[]> {
    const list = await this.models.files.list();
    this.open.clear();
    return list.map(({ uri, open }) => {
      const key = uri.toString();
      if (open) this.open.add(key);
      const node = this.nodes.get(key) ?? { kind: 'model', uri };
      this.nodes.set(key, node);
      return node;
    });
  }

  private async layersOf({ uri }: ModelNode): Promise<ModelsNode[]> {
    try {
      const summary = await this.models.summary(uri);
      const times = await this.models.knownTimes(uri).catch(() => undefined);
      // The model's own row shows this when it is drawn next: refreshing it now would take away the rows that are being made.
      this.states.set(uri.toString(), { summary, times });
      return summary.layers.map((layer) => this.layerNode(uri, layer));
    } catch (error) {
      return [{ kind: 'problem', uri, error }];
    }
  }

  private layerNode(uri: vscode.Uri, layer: LayerSummary): LayerNode {
    return this.same(`${uri.toString()}#${layer.name}`, { kind: 'layer', uri, layer });
  }

  private modelState({ uri }: ModelNode): ModelState {
    const relative = vscode.workspace.asRelativePath(uri);
    const slash = relative.lastIndexOf('/');
    const path = uri.fsPath;
    return {
      uri: uri.toString(),
      name: relative.slice(slash + 1),
      folder: relative.slice(0, Math.max(0, slash)),
      open: this.open.has(uri.toString()),
      expanded: this.expanded.has(uri.toString()),
      activity: this.activities.list.find(({ model }) => model === path),
      ...{ times: this.models.timesAtHand(uri), ...this.states.get(uri.toString()) },
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
    for (const root of this.nodes.values()) {
      const path = root.uri.fsPath;
      if (now.has(path) || this.busy.has(path)) this.refresh(root);
    }
    this.busy.clear();
    for (const path of now) this.busy.add(path);
  }
}
