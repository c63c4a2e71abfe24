import * as assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { App } from '../../../src/extension/app';
import { app, workspaceFile } from './support/extension';

interface Tree<Node> extends vscode.TreeDataProvider<Node> {
  getTreeItem(node: Node): vscode.TreeItem;
}

/** The trees that the views show. */
interface Trees {
  readonly modelsTree: Tree<{ readonly kind: string; readonly uri?: vscode.Uri }>;
  readonly runsTree: Tree<unknown>;
  readonly devicesTree: Tree<unknown>;
}

async function childrenOf<Node>(tree: Tree<Node>, node?: Node): Promise<Node[]> {
  return (await tree.getChildren(node)) ?? [];
}

describe('views', () => {
  let layerwise: App;
  let trees: Trees;
  before(async () => {
    layerwise = await app();
    trees = layerwise.views as unknown as Trees;
  });

  it('open and take the focus', async () => {
    for (const view of ['models', 'runs', 'devices']) await vscode.commands.executeCommand(`layerwise.${view}.focus`);
  });

  it('Models lists the models of the workspace', async () => {
    const labels = (await childrenOf(trees.modelsTree)).map((node) => trees.modelsTree.getTreeItem(node).label);
    for (const name of ['sample.onnx', 'small.onnx', 'gigabyte.onnx', 'text.onnx'])
      assert.ok(labels.includes(name), `${name} in ${labels.join()}`);
  });

  it('Models shows the layers of a model, each with its status and words for a screen reader', async () => {
    const items = (await layersOf('sample.onnx')).map((node) => trees.modelsTree.getTreeItem(node));
    assert.equal(items.length, 9);
    for (const item of items) {
      assert.ok(item.iconPath instanceof vscode.ThemeIcon);
      assert.ok((item.accessibilityInformation?.label.length ?? 0) > String(item.label).length);
    }
  });

  it('Models says what is wrong with a file that is no model', async () => {
    const [row] = await layersOf('broken/text.onnx');
    assert.equal(trees.modelsTree.getTreeItem(row).contextValue, 'layerwise.problem');
  });

  it('Devices knows this processor', async () => {
    const devices = await childrenOf(trees.devicesTree);
    const [first] = devices.map((node) => trees.devicesTree.getTreeItem(node));
    assert.equal(first.label, 'CPU');
    assert.match(String(first.contextValue), /available/);
  });

  it('Runs shows the runs on disk, each with its result', async () => {
    const runs = await childrenOf(trees.runsTree);
    assert.equal(runs.length, layerwise.runs.list.length);
    for (const run of runs) assert.ok(trees.runsTree.getTreeItem(run).description);
  });

  describe('a layer', () => {
    const name = '/stage2/1/conv/Conv';
    const sample = (): vscode.Uri => workspaceFile('sample.onnx');
    const box = async (): Promise<vscode.TreeItem['checkboxState']> => {
      const items = (await layersOf('sample.onnx')).map((node) => trees.modelsTree.getTreeItem(node));
      return items.find(({ label }) => label === name)?.checkboxState;
    };
    after(() => layerwise.marks.setExcluded(sample(), []));

    it('is excluded by its box and taken back', async () => {
      const node = (await layersOf('sample.onnx')).find((each) => trees.modelsTree.getTreeItem(each).label === name);
      await vscode.commands.executeCommand('layerwise.toggleExcluded', node);
      assert.deepEqual(layerwise.marks.of(sample()).excluded, [name]);
      assert.equal(stateOf(await box()), vscode.TreeItemCheckboxState.Unchecked);
      await vscode.commands.executeCommand('layerwise.toggleExcluded', node);
      assert.equal(stateOf(await box()), vscode.TreeItemCheckboxState.Checked);
    });

    it('keeps a pinned rank until it is unpinned', async () => {
      const node = (await layersOf('sample.onnx')).find((each) => trees.modelsTree.getTreeItem(each).label === name);
      await layerwise.marks.pin(sample(), name, 16);
      assert.match(String(trees.modelsTree.getTreeItem(node!).description), /16/);
      await vscode.commands.executeCommand('layerwise.unpinLayer', node);
      assert.deepEqual(layerwise.marks.of(sample()).pinned, {});
    });
  });

  async function layersOf(file: string): Promise<Awaited<ReturnType<typeof childrenOf<{ readonly kind: string }>>>> {
    const roots = await childrenOf(trees.modelsTree);
    const root = roots.find(({ uri }) => uri?.path === workspaceFile(...file.split('/')).path);
    assert.ok(root, `${file} is not listed`);
    return childrenOf(trees.modelsTree, root);
  }
});

function stateOf(box: vscode.TreeItem['checkboxState']): vscode.TreeItemCheckboxState | undefined {
  return typeof box === 'object' ? box.state : box;
}
