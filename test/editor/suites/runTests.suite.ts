import * as assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import type { App } from '../../../src/extension/app';
import type { RunSummary } from '../../../src/protocol/runs';
import { app, closeEverything, workspaceFile } from './support/extension';
import { ended, smallRequest, startRun } from './support/runs';
import { until } from './support/wait';

const patienceMs = 240_000;

interface Outcome {
  readonly state: 'passed' | 'failed' | 'errored' | 'skipped';
  readonly message: string;
}

describe('the checks of a run in the Testing view', function () {
  this.timeout(patienceMs);
  let layerwise: App;
  let run: RunSummary;
  let output = '';

  before(async () => {
    layerwise = await app();
    const quick = smallRequest({ search: 'knapsack', epochs: 0, device: { provider: 'cpu', threads: 1 } });
    run = await ended(layerwise, await startRun(layerwise, quick));
    assert.equal(run.state, 'finished', run.result);
    // Whether so small a model becomes faster is a matter of the machine: accepted by hand, under a budget that it meets,
    // and with its source as the result, which is not faster than itself.
    const budget = { resource: 'latency', text: '900ms' };
    await change('settings.json', { budget });
    await vscode.workspace.fs.copy(workspaceFile('small', 'small.onnx'), file('model.onnx'), { overwrite: true });
    const { report } = await layerwise.runs.show(run.path);
    assert.ok(report);
    await change('report.json', { verdict: 'accepted', after: report.before, budget: { ...report.budget, ...budget } });
  });
  after(async () => {
    await layerwise.runs.remove(run.path);
    await until(() => !layerwise.tests.controller.items.get(run.path), 'the items are gone with the run');
    await closeEverything();
  });

  it('are listed when the view is opened', async () => {
    const { items } = layerwise.tests.controller;
    assert.equal(items.size, 0, 'Nothing is read before somebody looks.');
    await vscode.commands.executeCommand('workbench.view.testing.focus');
    const item = await until(() => items.get(run.path), 'the run is listed');
    assert.deepEqual(
      [...item.children].map(([, { label }]) => label),
      ['Faster than its source', 'Within its latency budget', 'Accuracy'],
    );
  });

  it('measure once and tell the figures', async () => {
    const outcomes = await checked(async () => vscode.commands.executeCommand('testing.runAll'));
    assert.equal(outcomes.get('faster')?.state, 'failed');
    assert.match(outcomes.get('faster')?.message ?? '', /95 % interval .* must be above 1\.02x/);
    assert.deepEqual(outcomes.get('budget'), { state: 'passed', message: '' });
    assert.deepEqual(outcomes.get('accuracy'), { state: 'passed', message: '' });
    assert.match(output, /Within its latency budget: Measured .* The budget is 900 ms\./);
    assert.equal(output.match(/: comparing\r\n/g)?.length, 1, output);
  });

  it('are skipped when the user stops them', async () => {
    const source = new vscode.CancellationTokenSource();
    setTimeout(() => source.cancel(), 50);
    const outcomes = await checked(async () => handler(source.token));
    assert.deepEqual(
      [...outcomes.values()].map(({ state }) => state),
      ['skipped', 'skipped', 'skipped'],
    );
  });

  it('say what is wrong when the model is gone', async () => {
    await vscode.workspace.fs.delete(file('model.onnx'));
    const outcomes = await checked(async () => handler(new vscode.CancellationTokenSource().token));
    assert.deepEqual(
      [...outcomes.values()].map(({ state }) => state),
      ['errored', 'errored', 'errored'],
    );
    for (const { message } of outcomes.values()) assert.match(message, /model\.onnx/);
  });

  const file = (name: string): vscode.Uri => vscode.Uri.joinPath(vscode.Uri.file(run.path), name);

  async function change(name: string, changes: object): Promise<void> {
    const content = JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(file(name)))) as object;
    await vscode.workspace.fs.writeFile(file(name), Buffer.from(JSON.stringify({ ...content, ...changes })));
  }

  async function handler(token: vscode.CancellationToken): Promise<void> {
    const { profile } = layerwise.tests;
    const item = layerwise.tests.controller.items.get(run.path);
    assert.ok(item);
    await profile.runHandler(new vscode.TestRunRequest([item], undefined, profile), token);
  }

  /** What comes of each check of the run, by its kind; the editor gets it as well. */
  async function checked(start: () => Promise<unknown>): Promise<Map<string, Outcome>> {
    const { controller } = layerwise.tests;
    const { createTestRun } = controller;
    const outcomes = new Map<string, Outcome>();
    let over = false;
    controller.createTestRun = (...args) => {
      const real = createTestRun(...args);
      const note =
        (state: Outcome['state']) =>
        (item: vscode.TestItem, message?: unknown): void => {
          const text = message instanceof vscode.TestMessage ? String(message.message) : '';
          if (item.parent?.id === run.path) outcomes.set(item.id.split('#').at(-1) ?? '', { state, message: text });
          (real[state] as (item: vscode.TestItem, ...rest: unknown[]) => void)(item, message);
        };
      return {
        ...real,
        ...{ passed: note('passed'), failed: note('failed'), errored: note('errored'), skipped: note('skipped') },
        appendOutput: (text, location, item) => {
          if (item?.id === run.path || item?.parent?.id === run.path) output += text;
          real.appendOutput(text, location, item);
        },
        end: () => {
          real.end();
          over = true;
        },
      };
    };
    try {
      await start();
      await until(() => over, 'the checks come to an end', patienceMs);
    } finally {
      controller.createTestRun = createTestRun;
    }
    return outcomes;
  }
});
