import * as assert from 'node:assert/strict';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { App } from '../../../src/extension/app';
import { app, closeEverything, workspaceFile } from './support/extension';
import { repeated, until } from './support/wait';

/** Models that are open in custom editors, by path in the workspace. */
function openModels(): string[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.flatMap(({ input }) =>
    input instanceof vscode.TabInputCustom ? [vscode.workspace.asRelativePath(input.uri)] : [],
  );
}

describe('commands', () => {
  let layerwise: App;
  before(async () => {
    layerwise = await app();
  });
  afterEach(closeEverything);

  it('Inspect Model opens the page of a model', async () => {
    await vscode.commands.executeCommand('layerwise.inspectModel', workspaceFile('sample.onnx'));
    await until(() => openModels().includes('sample.onnx'), 'the page is open');
  });

  it('Inspect Model without an argument asks which', async () => {
    const done = vscode.commands.executeCommand('layerwise.inspectModel');
    await repeated('workbench.action.acceptSelectedQuickOpenItem', done);
    await until(() => openModels().length === 1, 'one page is open');
  });

  it('Inspect Model is given up with Escape', async () => {
    const done = vscode.commands.executeCommand('layerwise.inspectModel');
    await repeated('workbench.action.closeQuickOpen', done);
    assert.deepEqual(openModels(), []);
  });

  it('a model opens twice, side by side', async () => {
    await vscode.commands.executeCommand('layerwise.openModel', workspaceFile('sample.onnx'));
    await vscode.commands.executeCommand('layerwise.openModelToSide', workspaceFile('sample.onnx'));
    await until(() => openModels().length === 2, 'two pages are open');
  });

  it('Try the Sample puts a copy into the workspace and opens it', async () => {
    await vscode.commands.executeCommand('layerwise.trySample');
    const copy = workspaceFile('layerwise-sample', 'sample.onnx');
    assert.deepEqual(
      await vscode.workspace.fs.readFile(copy),
      await vscode.workspace.fs.readFile(workspaceFile('sample.onnx')),
    );
    await until(() => openModels().includes('layerwise-sample/sample.onnx'), 'the copy is open');
  });

  it('Compare Models shows a page that is a file, as it must outlive the window', async () => {
    const [small, other] = [workspaceFile('small', 'small.onnx'), workspaceFile('small', 'other.onnx')];
    await vscode.workspace.fs.copy(small, other, { overwrite: true });
    try {
      await vscode.commands.executeCommand('layerwise.compareModels', small, [small, other]);
      const { context } = layerwise;
      const pages = vscode.Uri.joinPath(context.storageUri ?? context.globalStorageUri, 'pages');
      const [[name]] = await vscode.workspace.fs.readDirectory(pages);
      const page = vscode.Uri.joinPath(pages, name, 'Comparison.md');
      const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(page));
      assert.match(text, /small.*other/s);
      assert.match(text, /ms/);
      const labels = (): string[] => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
      await until(() => labels().some((label) => label.includes('Comparison')), 'the page is open');
    } finally {
      await vscode.workspace.fs.delete(other);
    }
  });

  it('Restart Engine gives another process that answers', async () => {
    await layerwise.models.summary(workspaceFile('sample.onnx'));
    const before = await layerwise.engine.pid();
    await vscode.commands.executeCommand('layerwise.restartEngine');
    await layerwise.engine.request('inspect', { path: workspaceFile('sample.onnx').fsPath });
    const after = await layerwise.engine.pid();
    assert.ok(after !== undefined && after !== before, `${before} -> ${after}`);
  });

  it('Show Log shows it', async () => {
    await vscode.commands.executeCommand('layerwise.showLog');
  });
});
