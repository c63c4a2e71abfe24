import * as assert from 'node:assert/strict';
import { before as beforeAll, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { App } from '../../../src/extension/app';
import type { RunSummary } from '../../../src/protocol/runs';
import { app, closeEverything, workspaceFile } from './support/extension';
import { ended, smallRequest, startRun } from './support/runs';
import { next, until } from './support/wait';

const patienceMs = 300_000;

describe('a run', function () {
  this.timeout(patienceMs);
  let layerwise: App;
  let run: RunSummary;
  let before: Uint8Array;
  const model = (): vscode.Uri => workspaceFile('small', 'small.onnx');

  beforeAll(async () => {
    layerwise = await app();
    before = await vscode.workspace.fs.readFile(model());
  });

  it('shows its search while it goes on, and finishes', async () => {
    const probabilities = next(
      layerwise.engine.onRunUpdated,
      ({ update }) => update?.kind === 'probabilities',
      'selection probabilities',
      patienceMs,
    );
    run = await startRun(layerwise, smallRequest());
    assert.equal(run.state, 'running');
    await probabilities;
    run = await ended(layerwise, run);
    assert.equal(run.state, 'finished', run.result);
  });

  it('has a report with a verdict and every gate', async () => {
    const { report } = await layerwise.runs.show(run.path);
    assert.ok(report);
    assert.ok(['accepted', 'fell-back'].includes(report.verdict));
    assert.deepEqual(report.gates.map(({ name }) => name).sort(), ['accurate', 'agrees', 'faster', 'reloads']);
  });

  it('leaves the source as it was', async () => {
    assert.deepEqual(await vscode.workspace.fs.readFile(model()), before);
  });

  it('opens its report and copies its plan', async () => {
    await vscode.commands.executeCommand('layerwise.openRunReport', run);
    await vscode.commands.executeCommand('layerwise.copyRunPlan', run);
    const plan = JSON.parse(await vscode.env.clipboard.readText()) as { version: number };
    assert.equal(plan.version, 1);
    await closeEverything();
  });

  it('that is stopped can be resumed and finishes', async () => {
    const first = await startRun(layerwise, smallRequest({ seed: 2 }));
    await searching(first);
    await vscode.commands.executeCommand('layerwise.stopRun', first);
    const stopped = await until(
      () => layerwise.runs.list.find(({ path, state }) => path === first.path && state === 'unfinished'),
      'the run is stopped',
    );
    await vscode.commands.executeCommand('layerwise.resumeRun', stopped);
    const { state, result } = await ended(layerwise, first);
    assert.equal(state, 'finished', result);
  });

  it('goes on after the engine was killed in mid-search', async () => {
    const first = await startRun(layerwise, smallRequest({ seed: 3 }));
    await searching(first);
    const pid = await layerwise.engine.pid();
    assert.ok(pid);
    process.kill(pid, 'SIGKILL');
    const { state, result } = await ended(layerwise, first);
    assert.equal(state, 'finished', result);
    assert.notEqual(await layerwise.engine.pid(), pid);
  });

  it('that asks for what no plan reaches says what can be reached, and is tried again with that', async () => {
    const budget = { resource: 'macs', text: '0.001x' } as const;
    const failed = await ended(layerwise, await startRun(layerwise, smallRequest({ budget, search: 'knapsack' })));
    assert.equal(failed.state, 'failed');
    assert.ok(failed.reachable && failed.result.includes(failed.reachable), failed.result);
    await vscode.commands.executeCommand('layerwise.tryReachableBudget', failed);
    const [again] = layerwise.runs.list;
    assert.notEqual(again.path, failed.path);
    const { state, result } = await ended(layerwise, again);
    assert.equal(state, 'finished', result);
  });

  it('is deleted with its folder', async () => {
    await layerwise.runs.remove(run.path);
    assert.ok(!(await layerwise.runs.load()).some(({ path }) => path === run.path));
    await assert.rejects(async () => vscode.workspace.fs.stat(vscode.Uri.file(run.path)));
  });

  async function searching({ path }: RunSummary): Promise<void> {
    await next(
      layerwise.engine.onRunUpdated,
      (change) => change.run.path === path && change.update?.kind === 'search',
      'the search is on its way',
      patienceMs,
    );
  }
});
