import * as assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { extension, workspaceFile } from './support/extension';
import { next, until } from './support/wait';

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

  it('say what is wrong with a file that is no model', async () => {
    const input = { model: 'broken/text.onnx' };
    await assert.rejects(
      async () => vscode.lm.invokeTool('layerwise_inspectModel', { input, toolInvocationToken: undefined }),
      /text\.onnx/,
    );
  });
});

/** Tasks run in terminals. These are native code, which npm's build of the oldest edition would have to compile. */
function hasTerminals(): boolean {
  const built = ['prebuilds', path.join('build', 'Release')];
  return built.some((folder) => existsSync(path.join(vscode.env.appRoot, 'node_modules', 'node-pty', folder)));
}

describe('tasks of type layerwise', function () {
  this.timeout(300_000);
  const tasks = [
    {
      type: 'layerwise',
      label: 'smaller',
      command: 'compress',
      model: 'small/small.onnx',
      macs: '0.5x',
      search: 'knapsack',
      epochs: 0,
    },
    { type: 'layerwise', label: 'cut short', command: 'measure', model: 'broken/truncated.onnx' },
    { type: 'layerwise', label: 'nothing to meet', command: 'compress', model: 'sample.onnx' },
  ];
  let inFile: vscode.Task[];
  before(async () => {
    const file = workspaceFile('.vscode', 'tasks.json');
    await vscode.workspace.fs.writeFile(file, Buffer.from(JSON.stringify({ version: '2.0.0', tasks })));
    inFile = await until(async () => {
      const found = await vscode.tasks.fetchTasks({ type: 'layerwise' });
      return found.some(({ name }) => name === 'cut short') && found;
    }, 'the tasks of tasks.json are known');
  });
  after(() => vscode.workspace.fs.delete(workspaceFile('.vscode'), { recursive: true }));

  async function run(name: string): Promise<number | undefined> {
    const task = inFile.find((each) => each.name === name);
    assert.ok(task, `${name} in ${inFile.map((each) => each.name).join()}`);
    const ended = next(
      vscode.tasks.onDidEndTaskProcess,
      ({ execution }) => execution.task.name === name,
      `${name} comes to an end`,
      240_000,
    );
    await vscode.tasks.executeTask(task);
    return (await ended).exitCode;
  }

  it('compress a model from tasks.json', async function () {
    if (!hasTerminals()) this.skip();
    assert.equal(await run('smaller'), 0);
  });

  it('fail for a file that is no model, which is among the problems', async function () {
    if (!hasTerminals()) this.skip();
    assert.notEqual(await run('cut short'), 0);
    const file = workspaceFile('broken', 'truncated.onnx');
    const [problem] = await until(() => {
      const found = vscode.languages.getDiagnostics(file);
      return found.length > 0 && found;
    }, 'the problem is shown');
    assert.match(problem.message, /byte \d/);
  });

  it('are offered for every model, and not without what they need', () => {
    const names = inFile.map(({ name }) => name);
    assert.ok(names.includes('measure sample.onnx'), names.join());
    assert.ok(!names.includes('nothing to meet'), names.join());
  });
});
