import * as assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { workspaceFile } from './support/extension';

describe('Inspect Model', () => {
  it('finds the models of the workspace', async () => {
    const found = await vscode.workspace.findFiles('*.onnx');
    assert.deepEqual(
      found.map(({ path }) => path),
      [workspaceFile('sample.onnx').path],
    );
  });

  it('inspects the sample', async () => {
    await vscode.commands.executeCommand('layerwise.inspectModel', workspaceFile('sample.onnx'));
  });
});
