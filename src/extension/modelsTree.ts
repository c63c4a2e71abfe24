import * as vscode from 'vscode';
import type { LayerSummary, ModelSummary } from '../protocol/model';

type Item = { readonly model: ModelSummary } | { readonly layer: LayerSummary };

/** The Models view: every model inspected so far, each with its layers. */
export class ModelsTree implements vscode.TreeDataProvider<Item> {
  private readonly changed = new vscode.EventEmitter<void>();
  private models: readonly ModelSummary[] = [];
  readonly onDidChangeTreeData = this.changed.event;

  show(model: ModelSummary): void {
    this.models = [model, ...this.models.filter(({ path }) => path !== model.path)];
    this.changed.fire();
  }

  getChildren(item?: Item): Item[] {
    if (!item) return this.models.map((model) => ({ model }));
    return 'model' in item ? item.model.layers.map((layer) => ({ layer })) : [];
  }

  getTreeItem(item: Item): vscode.TreeItem {
    return 'model' in item ? modelItem(item.model) : layerItem(item.layer);
  }

  dispose(): void {
    this.changed.dispose();
  }
}

const compact = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 4 });

function modelItem({ path, totals }: ModelSummary): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.Uri.file(path), vscode.TreeItemCollapsibleState.Expanded);
  item.id = path;
  item.contextValue = 'layerwise.model';
  item.description = vscode.l10n.t(
    '{0} MACs, {1} parameters',
    compact.format(totals.macs),
    compact.format(totals.params),
  );
  return item;
}

const statusIcon = { compressible: 'layers', unsupported: 'circle-slash', 'not-worthwhile': 'dash' } as const;

function layerItem(layer: LayerSummary): vscode.TreeItem {
  const item = new vscode.TreeItem(layer.name);
  item.contextValue = 'layerwise.layer';
  item.iconPath = new vscode.ThemeIcon(statusIcon[layer.status]);
  item.description = vscode.l10n.t('{0}, {1} MACs', layer.op, compact.format(layer.macs));
  item.tooltip = layer.reason;
  item.accessibilityInformation = { label: `${layer.name}, ${item.description}, ${layer.reason}` };
  return item;
}
