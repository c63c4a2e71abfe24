import * as assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { extension, workspaceFile } from './support/extension';

describe('tools for language models', () => {
  const names = ['inspectModel', 'measureLatency', 'compressModel', 'compareModels'].map((name) => `layerwise_${name}`);

  it('are declared and known to the editor', async () => {
    const declared = extension().packageJSON.contributes.languageModelTools ?? [];
    assert.deepEqual(declared.map(({ name }) => name).sort(), [...names].sort());
    await extension().activate();
    const known = new Set(vscode.lm.tools.map(({ name }) => name));
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
    );
  });

  it('tell the layers of a model', async () => {
    const { content } = await vscode.lm.invokeTool('layerwise_inspectModel', {
      input: { model: workspaceFile('sample.onnx').fsPath, path: workspaceFile('sample.onnx').fsPath },
      toolInvocationToken: undefined,
    });
    const text = content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
    assert.match(text, /\/stage3\/2\/conv\/Conv/);
  });
});
