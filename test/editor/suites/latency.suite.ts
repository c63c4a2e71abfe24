import * as assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { App } from '../../../src/extension/app';
import { isCancellation } from '../../../src/extension/failure';
import { app, closeEverything, workspaceFile } from './support/extension';

const device = { provider: 'cpu', threads: 1 } as const;

describe('measuring', () => {
  let layerwise: App;
  before(async () => {
    layerwise = await app();
  });

  it('that is cancelled ends as cancelled, and the engine still answers', async () => {
    const source = new vscode.CancellationTokenSource();
    const measuring = layerwise.models.measure(workspaceFile('sample.onnx'), device, true, { token: source.token });
    setTimeout(() => source.cancel(), 500);
    await assert.rejects(measuring, (error) => isCancellation(error));
    const { layers } = await layerwise.engine.request('inspect', { path: workspaceFile('sample.onnx').fsPath });
    assert.equal(layers.length, 9);
  });

  it('Measure Latency on This Device gives every layer a time', async function () {
    this.timeout(180_000);
    await vscode.commands.executeCommand('layerwise.measureLatency', workspaceFile('small', 'small.onnx'));
    const times = layerwise.models.timesAtHand(workspaceFile('small', 'small.onnx'));
    assert.ok(times, 'no times');
    assert.equal(times.layers.length, 5);
    for (const { ms, low, high } of times.layers) assert.ok(low <= ms && ms <= high && ms > 0);
    await closeEverything();
  });

  it('shows its latency table in the Devices view', async () => {
    const devices = await layerwise.engine.request('devices', {});
    const cpu = devices.find(({ provider }) => provider === 'cpu');
    assert.ok(cpu?.tables.some(({ entries }) => entries > 0));
  });
});
