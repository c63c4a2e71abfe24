import * as vscode from 'vscode';
import type { Activities, ViewPlace } from '../activities';
import { t } from '../l10n';
import type { Devices } from '../state/devices';
import type { LayerMarks } from '../state/layerMarks';
import type { Models } from '../state/models';
import type { Runs } from '../state/runs';
import { DevicesTree, type DevicesNode } from './devicesTree';
import { ModelsTree, type LayerNode, type ModelsNode } from './modelsTree';
import { RunsTree } from './runsTree';
import type { RunSummary } from '../../protocol/runs';

/** Tells menus and the palette that there are runs. */
const hasRuns = 'layerwise.hasRuns';

/** The three views of the sidebar. */
export class Views implements vscode.Disposable {
  private readonly modelsTree: ModelsTree;
  private readonly runsTree: RunsTree;
  private readonly devicesTree: DevicesTree;
  private readonly modelsView: vscode.TreeView<ModelsNode>;
  private readonly runsView: vscode.TreeView<RunSummary>;
  private readonly devicesView: vscode.TreeView<DevicesNode>;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    models: Models,
    marks: LayerMarks,
    private readonly runs: Runs,
    devices: Devices,
    activities: Activities,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.modelsTree = new ModelsTree(models, marks, activities);
    this.runsTree = new RunsTree(runs);
    this.devicesTree = new DevicesTree(devices);
    this.modelsView = vscode.window.createTreeView('layerwise.models', {
      treeDataProvider: this.modelsTree,
      manageCheckboxStateManually: true,
      showCollapseAll: true,
    });
    this.runsView = vscode.window.createTreeView('layerwise.runs', { treeDataProvider: this.runsTree });
    this.devicesView = vscode.window.createTreeView('layerwise.devices', { treeDataProvider: this.devicesTree });
    this.subscriptions = [
      this.modelsTree,
      this.runsTree,
      this.devicesTree,
      this.modelsView,
      this.runsView,
      this.devicesView,
      this.modelsView.onDidChangeCheckboxState(({ items }) => void tick(marks, items)),
      runs.onDidChange(() => this.showRunning()),
    ];
    if (runs.anyOnDisk) void vscode.commands.executeCommand('setContext', hasRuns, true);
    if (!vscode.workspace.isTrusted) {
      this.modelsView.message = t('Restricted mode: models can be looked at; measuring and compressing need trust.');
      this.subscriptions.push(vscode.workspace.onDidGrantWorkspaceTrust(() => (this.modelsView.message = undefined)));
    } else if (vscode.workspace.workspaceFolders?.some(({ uri }) => uri.scheme !== 'file')) {
      this.modelsView.message = t('Virtual workspace: models are copied to this machine before they are looked at.');
    }
  }

  get modelsPlace(): ViewPlace {
    return { viewId: 'layerwise.models', visible: this.modelsView.visible };
  }

  /** The row that is chosen in the Models view. */
  get chosenModel(): ModelsNode | undefined {
    return this.modelsView.visible ? this.modelsView.selection[0] : undefined;
  }

  /** Follows the page: chooses a layer's row, when the view is open and the model's layers are shown. */
  async followLayer(model: vscode.Uri, name: string): Promise<void> {
    const node: LayerNode | undefined = this.modelsTree.layerNodeOf(model, name);
    if (node && this.modelsView.visible) await this.choose(this.modelsView, node);
  }

  /** Brings a model's row into sight, with its layers. */
  async revealModel(model: vscode.Uri): Promise<void> {
    this.modelsTree.expand(model);
    await this.modelsTree.getChildren();
    const node = this.modelsTree.nodeOf(model);
    if (node) await this.choose(this.modelsView, node, true);
  }

  async revealRun(run: RunSummary): Promise<void> {
    await this.choose(this.runsView, this.runsTree.nodeOf(run));
  }

  /** Chooses a row. One that the editor has not drawn yet can't be chosen, and nothing is lost by it. */
  private async choose<Node>(view: vscode.TreeView<Node>, node: Node, expand = false): Promise<void> {
    try {
      await view.reveal(node, { select: true, focus: false, expand });
    } catch (error) {
      this.log.debug(`A row could not be chosen: ${String(error)}`);
    }
  }

  dispose(): void {
    void vscode.commands.executeCommand('setContext', hasRuns, undefined);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private showRunning(): void {
    const count = this.runs.running.length;
    void vscode.commands.executeCommand('setContext', hasRuns, this.runs.list.length > 0);
    const unfinished = this.runs.list.filter(({ state }) => state === 'unfinished').length;
    this.runsView.badge =
      count > 0
        ? { value: count, tooltip: count === 1 ? t('1 run is running') : t('{0} runs are running', count) }
        : undefined;
    this.runsView.message =
      unfinished === 0
        ? undefined
        : unfinished === 1
          ? t('1 run was interrupted and can be resumed.')
          : t('{0} runs were interrupted and can be resumed.', unfinished);
  }
}

async function tick(marks: LayerMarks, items: readonly [ModelsNode, vscode.TreeItemCheckboxState][]): Promise<void> {
  for (const [node, state] of items) {
    if (node.kind !== 'layer') continue;
    await marks.exclude(node.uri, node.layer.name, state === vscode.TreeItemCheckboxState.Unchecked);
  }
}
