import * as vscode from 'vscode';
import type { Row } from './row';

/** A tree over nodes of some kind: subclasses say what the children are, how a row looks and what its tooltip says. */
export abstract class RowTree<Node extends object> implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Node | undefined>();
  private readonly objects = new Map<string, Node>();
  protected readonly subscriptions: vscode.Disposable[] = [this.changed];
  readonly onDidChangeTreeData = this.changed.event;

  abstract getChildren(node?: Node): Promise<Node[]> | Node[];
  protected abstract row(node: Node): Row;
  protected abstract tooltip(node: Node): string;

  getTreeItem(node: Node): vscode.TreeItem {
    const row = this.row(node);
    const item = new vscode.TreeItem(row.label, collapsible(row));
    item.id = row.id;
    item.description = row.description;
    item.iconPath = new vscode.ThemeIcon(row.icon, row.color ? new vscode.ThemeColor(row.color) : undefined);
    item.contextValue = row.context;
    item.accessibilityInformation = { label: row.accessible };
    item.command = row.command && { ...row.command, arguments: [node] };
    if (row.checkbox) {
      const { ticked, tooltip } = row.checkbox;
      const { Checked, Unchecked } = vscode.TreeItemCheckboxState;
      item.checkboxState = {
        state: ticked ? Checked : Unchecked,
        tooltip,
        accessibilityInformation: { label: `${row.label}, ${tooltip}` },
      };
    }
    return item;
  }

  /** Tooltips are made when the pointer rests on a row. */
  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    item.tooltip = new vscode.MarkdownString(this.tooltip(node), true);
    return item;
  }

  /**
   * The object that stands for a row, brought up to date: one and the same for a key. The editor keeps its books by object
   * and loses rows whose id comes back with another one.
   */
  protected same<N extends Node>(key: string, node: N): N {
    const known = this.objects.get(key) as N | undefined;
    if (known) return Object.assign(known, node);
    const own = { ...node };
    this.objects.set(key, own);
    return own;
  }

  refresh(node?: Node): void {
    this.changed.fire(node);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

function collapsible({ expandable }: Row): vscode.TreeItemCollapsibleState {
  const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  return expandable === 'expanded' ? Expanded : expandable === 'collapsed' ? Collapsed : None;
}
