import * as assert from 'node:assert/strict';
import { afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { Environments } from '../../../src/extension/code/environments';
import { workspaceEdit } from '../../../src/extension/code/workspaceEdit';
import { rewriteCall } from '../../../src/source/rewrite/rewriteCall';
import { app, closeEverything, workspaceFile } from './support/extension';
import { until } from './support/wait';

const code = `import torch
from torch import nn


class Small(nn.Module):
    def __init__(self, width=64):
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = torch.relu(self.second(torch.relu(self.first(x))))
        return self.head(x.mean((2, 3)))


if __name__ == '__main__':
    Small()(torch.randn(1, 3, 32, 32))
`;

async function openCode(name: string, text = code): Promise<vscode.TextEditor> {
  const file = workspaceFile(name);
  await vscode.workspace.fs.writeFile(file, Buffer.from(text));
  // The editor asks for lenses only once there is somebody to ask.
  await app();
  return vscode.window.showTextDocument(file);
}

/** Hints as a reader sees them: line (from 1) and text. */
async function hints(document: vscode.TextDocument): Promise<Map<number, string>> {
  const all = new vscode.Range(0, 0, document.lineCount, 0);
  const found = await vscode.commands.executeCommand<vscode.InlayHint[]>(
    'vscode.executeInlayHintProvider',
    document.uri,
    all,
  );
  return new Map(found.map(({ position, label }) => [position.line + 1, typeof label === 'string' ? label : '']));
}

async function lenses(document: vscode.TextDocument): Promise<vscode.Command[]> {
  const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', document.uri);
  return found.flatMap(({ command }) => command ?? []);
}

describe('Python files', () => {
  before(app);
  afterEach(closeEverything);

  it('say at the end of the line what a layer costs, while it is typed', async () => {
    const editor = await openCode('typed.py');
    const { document } = editor;
    assert.equal((await hints(document)).get(9), '64x32x32, 37.7 M');
    const at = document.positionAt(code.indexOf('width=64') + 'width='.length);
    await editor.edit((edit) => edit.replace(new vscode.Range(at, at.translate(0, 2)), '32'));
    assert.equal((await hints(document)).get(9), '32x32x32, 9.4 M');
    // A line that is not finished costs its own hint at most.
    await editor.edit((edit) => edit.insert(new vscode.Position(9, 0), '        self.third = nn.Conv2d(width, \n'));
    assert.equal((await hints(document)).get(9), '32x32x32, 9.4 M');
  });

  it('keep the code that reads them compiled for the windows to come', async () => {
    await openCode('compiled.py');
    const { globalStorageUri } = (await app()).context;
    const kept = vscode.Uri.joinPath(globalStorageUri, 'compiled', 'analysis');
    const bytes = (): Thenable<number> =>
      vscode.workspace.fs.stat(kept).then(
        ({ size }) => size,
        () => 0,
      );
    await until(async () => (await bytes()) > 100_000, 'compiled code is kept');
  });

  it('have totals over the model, and are silent when hints are off', async () => {
    const { document } = await openCode('totals.py');
    const titles = (await lenses(document)).map(({ title }) => title);
    assert.ok(
      titles.some((title) => title.startsWith('39.5 M MACs, 39.4 k parameters')),
      titles.join(' | '),
    );
    const settings = vscode.workspace.getConfiguration('layerwise.code');
    await settings.update('hints', 'off', vscode.ConfigurationTarget.Workspace);
    try {
      assert.deepEqual([...(await hints(document))], []);
      assert.deepEqual(await lenses(document), []);
    } finally {
      await settings.update('hints', undefined, vscode.ConfigurationTarget.Workspace);
    }
  });

  it('have totals over every model that they make, the shown one first', async () => {
    const factories = `${code}\n\ndef narrow():\n    return Small(16)\n\n\ndef wide():\n    return Small(128)\n`;
    const { document } = await openCode('factories.py', factories);
    const titles = async (): Promise<string> => (await lenses(document)).map(({ title }) => title).join('; ');
    assert.equal((await hints(document)).get(9), '16x32x32, 2.4 M');
    assert.match(await titles(), /(^|; )2\.8 M MACs/);
    // The others follow when the document rests; a click shows their figures.
    await until(async () => (await titles()).includes('154.5 M MACs'), 'totals of wide');
    await vscode.commands.executeCommand('layerwise.chooseCodeModel', document.uri, 'wide');
    assert.equal((await hints(document)).get(9), '128x32x32, 151 M');
  });

  it('have totals over the statement that makes a model of a library', async () => {
    const text = `import torch
from torch import nn
net = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2))
net(torch.randn(1, 4))
`;
    const { document } = await openCode('statement.py', text);
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
    );
    const titles = found.map(({ range, command }) => `${range.start.line + 1}: ${command?.title}`);
    assert.match(titles.join('; '), /^3: 48 MACs, 58 parameters; 3: Measure the layers/);
  });

  it('are measured, and suggest forms of layers that would be faster', async function () {
    this.timeout(180_000);
    const { document } = await openCode('measured.py');
    await vscode.commands.executeCommand('layerwise.measureCode', document.uri);
    assert.match((await hints(document)).get(9) ?? '', /^64x32x32, 37\.7 M, [\d.]+ ms$/);
    const suggested = (await lenses(document)).filter(({ command }) => command === 'layerwise.rewriteLayer');
    assert.match(suggested[0]?.title ?? '', /^Tucker-2 rank \d+ of 64: [\d.]+ ms → [\d.]+ ms \(estimate/);
  });

  it('are rewritten by edits that can be shown first, and as they were after one undo', async () => {
    const { document } = await openCode('rewritten.py');
    const model = await (await app()).code.of(document);
    assert.ok(model);
    const call = model.analysis.calls.find(({ target }) => target === 'self.second');
    assert.ok(call);
    const rewrite = rewriteCall(code, call, { method: 'tucker', rank: 16 });
    const shown = workspaceEdit(document, model, rewrite).entries();
    // Ticking the preview is the editor's business: the same edits, confirmed.
    const confirmed = new vscode.WorkspaceEdit();
    for (const [file, edits] of shown) confirmed.set(file, edits);
    assert.ok(await vscode.workspace.applyEdit(confirmed, { isRefactoring: true }));
    const text = document.getText();
    assert.ok(text.includes('nn.Conv2d(16, 16, 3, padding=1, bias=False)'), text);
    const shapes = await hints(document);
    assert.ok([...shapes.values()].includes('16x32x32, 2.4 M'), [...shapes.values()].join(' | '));
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), code);
  });

  it('tell what could not be evaluated, where it stands', async () => {
    const text = `import torch
from torch import nn
import backbones


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = backbones.encoder(64)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.body(x))
`;
    const { document } = await openCode('unknown.py', text);
    const tellsAt = async (line: number): Promise<string> => {
      const at = new vscode.Position(line - 1, document.lineAt(line - 1).text.indexOf('encoder'));
      const found = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        at,
      );
      const texts = found.flatMap(({ contents }) => contents.map((one) => (typeof one === 'string' ? one : one.value)));
      return texts.join().replaceAll('&nbsp;', ' ');
    };
    assert.match(await tellsAt(9), /not evaluated.*backbones was not found/s);
    // In the environment of the project it is found, once it is named.
    const site = '.venv/lib/python3.12/site-packages';
    const write = async (name: string, content: string): Promise<void> =>
      vscode.workspace.fs.writeFile(workspaceFile(name), Buffer.from(content));
    await write('.venv/pyvenv.cfg', 'home = /usr/bin\n');
    const encoder = 'from torch import nn\ndef encoder(width):\n    return nn.Conv2d(3, width, 3)\n';
    await write(`${site}/backbones/__init__.py`, encoder);
    const settings = vscode.workspace.getConfiguration('layerwise.code', document);
    await settings.update('packages', ['backbones'], vscode.ConfigurationTarget.Workspace);
    try {
      await until(async () => (await hints(document)).get(9) === '64x222x222, 85.2 M', 'the hint of the package');
      assert.match(await tellsAt(9), /body/);
    } finally {
      await settings.update('packages', undefined, vscode.ConfigurationTarget.Workspace);
      await vscode.workspace.fs.delete(workspaceFile('.venv'), { recursive: true });
    }
  });

  it('belong to the environment that is selected in the Python extension', async () => {
    const { document } = await openCode('selected.py');
    const prefixes = ['first', 'second'].map((name) =>
      workspaceFile(`environments/${name}`).fsPath.replace(/\\/g, '/'),
    );
    for (const prefix of prefixes)
      await vscode.workspace.fs.writeFile(
        vscode.Uri.file(`${prefix}/lib/python3.12/site-packages/a.py`),
        Buffer.from(''),
      );
    let selected = 0;
    const changed = new vscode.EventEmitter<void>();
    const environments = new Environments(() => ({
      activate: async () => ({
        environments: {
          getActiveEnvironmentPath: () => selected,
          resolveEnvironment: async (at) => ({ executable: { sysPrefix: prefixes[Number(at)] } }),
          onDidChangeActiveEnvironmentPath: (use) => changed.event(use),
        },
      }),
    }));
    const folder = (): string | undefined => environments.packagesFor(document).folders[0];
    try {
      assert.equal(folder(), undefined);
      await until(async () => folder() === `${prefixes[0]}/lib/python3.12/site-packages`, 'the selected environment');
      selected = 1;
      changed.fire();
      await until(async () => folder() === `${prefixes[1]}/lib/python3.12/site-packages`, 'the other environment');
    } finally {
      environments.dispose();
      await vscode.workspace.fs.delete(workspaceFile('environments'), { recursive: true });
    }
  });

  it('in cells of a notebook know the cells before them', async () => {
    const [start, rest] = [code.slice(0, code.indexOf('class')), code.slice(code.indexOf('class'))];
    const cells = [start, rest].map(
      (text) => new vscode.NotebookCellData(vscode.NotebookCellKind.Code, text, 'python'),
    );
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', new vscode.NotebookData(cells));
    const { document } = notebook.cellAt(1);
    assert.match((await hints(document)).get(5) ?? '', /^64x32x32, 37\.7 M/);
  });
});
