import * as assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { App } from '../../../src/extension/app';
import { app, closeEverything, workspaceFile } from './support/extension';
import { figure } from './support/figure';

describe('files that are no models', () => {
  let layerwise: App;
  before(async () => {
    layerwise = await app();
  });
  after(closeEverything);

  for (const [name, says] of [
    ['truncated.onnx', /byte \d/],
    ['text.onnx', /byte \d|not an ONNX/i],
    ['empty.onnx', /empty/],
  ] as const)
    it(`${name} is refused with what is wrong`, async () => {
      const file = workspaceFile('broken', name);
      await assert.rejects(layerwise.models.summary(file), (error: Error) => {
        assert.match(error.message, says);
        return true;
      });
    });

  it('open in the editor without harm to it', async () => {
    for (const name of ['truncated.onnx', 'text.onnx', 'empty.onnx'])
      await vscode.commands.executeCommand('layerwise.openModel', workspaceFile('broken', name));
    const sample = await layerwise.models.summary(workspaceFile('sample.onnx'));
    assert.equal(sample.layers.length, 9);
  });
});

describe('large models', () => {
  for (const [name, layers] of [
    ['gigabyte.onnx', 16],
    ['layers.onnx', 2000],
  ] as const)
    it(`${name} is opened`, async () => {
      const { models } = await app();
      const start = performance.now();
      const summary = await models.summary(workspaceFile('large', name));
      figure(`${name}: structure after ${(performance.now() - start).toFixed(0)} ms`);
      assert.equal(summary.layers.length, layers);
    });
});
