import * as assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import * as vscode from 'vscode';
import { extension } from './support/extension';

describe('activation', () => {
  it('is not at start-up', () => {
    assert.equal(extension().packageJSON.activationEvents.length, 0);
  });

  it('registers every command of the manifest', async () => {
    await extension().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const declared = (extension().packageJSON.contributes.commands as { command: string }[]).map(
      ({ command }) => command,
    );
    assert.deepEqual(
      declared.filter((command) => !registered.has(command)),
      [],
    );
  });
});
