import * as assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { extension } from './support/extension';
import { figure } from './support/figure';

describe('activation', () => {
  it('waits until something of Layerwise is used', async () => {
    assert.equal(extension().isActive, false);
    const start = performance.now();
    await extension().activate();
    figure(`activation: ${(performance.now() - start).toFixed(0)} ms with loading, seen from the extension host`);
  });

  it('registers every command of the manifest', async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = extension().packageJSON.contributes.commands.filter(({ command }) => !registered.has(command));
    assert.deepEqual(missing, []);
  });

  it('starts no engine', async () => {
    assert.equal(extension().exports.engine.state, 'idle');
  });
});
