import { createHash } from 'node:crypto';
import * as vscode from 'vscode';
import { t } from '../l10n';

/** Results of runs and packages of others are not the workspace's models. */
const notListed = '{**/node_modules/**,**/.layerwise/**}';
const mostListed = 500;

/** A model that lies elsewhere is copied before the engine reads it; larger ones would take too long. */
const largestCopyBytes = 500 * 2 ** 20;

/** The ONNX files of the workspace and those that are open in an editor. */
export class ModelFiles implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly fileChanged = new vscode.EventEmitter<{ uri: vscode.Uri; gone: boolean }>();
  private readonly watcher = vscode.workspace.createFileSystemWatcher('**/*.onnx');
  private readonly subscriptions: vscode.Disposable[];
  private found: Promise<vscode.Uri[]> | undefined;

  /** The list, or which of them are open, is another. */
  readonly onDidChange = this.changed.event;
  /** A model's file was written anew or is gone. */
  readonly onDidChangeFile = this.fileChanged.event;

  /** @param copies where copies of files go that don't lie on this machine's disk */
  constructor(private readonly copies: vscode.Uri) {
    const listChanged = (): void => {
      this.found = undefined;
      this.changed.fire();
    };
    this.subscriptions = [
      this.watcher,
      this.watcher.onDidCreate((uri) => {
        listChanged();
        this.fileChanged.fire({ uri, gone: false });
      }),
      this.watcher.onDidDelete((uri) => {
        listChanged();
        this.fileChanged.fire({ uri, gone: true });
      }),
      this.watcher.onDidChange((uri) => this.fileChanged.fire({ uri, gone: false })),
      vscode.workspace.onDidChangeWorkspaceFolders(listChanged),
      vscode.window.tabGroups.onDidChangeTabs(({ opened, closed }) => {
        if ([...opened, ...closed].some((tab) => modelOf(tab))) this.changed.fire();
      }),
    ];
  }

  /** Models, open ones first, then by path. */
  async list(): Promise<{ readonly uri: vscode.Uri; readonly open: boolean }[]> {
    this.found ??= Promise.resolve(vscode.workspace.findFiles('**/*.onnx', notListed, mostListed));
    const open = openModels();
    const others = (await this.found)
      .filter((uri) => !open.some((other) => other.toString() === uri.toString()))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
    return [...open.map((uri) => ({ uri, open: true })), ...others.map((uri) => ({ uri, open: false }))];
  }

  /** Looks through the workspace again. */
  refresh(): void {
    this.found = undefined;
    this.changed.fire();
  }

  /**
   * The path under which the engine finds a model. A file of a virtual workspace is copied to the extension's storage first;
   * throws when it is too large for that.
   */
  async pathOf(uri: vscode.Uri): Promise<string> {
    if (uri.scheme === 'file') return uri.fsPath;
    const { size, mtime } = await vscode.workspace.fs.stat(uri);
    if (size > largestCopyBytes) throw new Error(t('This model is too large to be copied from a virtual workspace.'));
    const key = createHash('sha256').update(`${uri.toString()} ${mtime} ${size}`).digest('hex').slice(0, 16);
    const copy = vscode.Uri.joinPath(this.copies, key, uri.path.split('/').at(-1) ?? 'model.onnx');
    try {
      await vscode.workspace.fs.stat(copy);
    } catch {
      await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(copy, '..'));
      await vscode.workspace.fs.copy(uri, copy, { overwrite: true });
    }
    return copy.fsPath;
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
    this.fileChanged.dispose();
  }
}

/** Models that are open in an editor, in the order of their tabs. */
export function openModels(): vscode.Uri[] {
  const uris = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.flatMap((tab) => modelOf(tab) ?? []));
  return [...new Map(uris.map((uri) => [uri.toString(), uri])).values()];
}

/** The model of the editor that has the focus. */
export function activeModel(): vscode.Uri | undefined {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  return tab && modelOf(tab);
}

function modelOf({ input }: vscode.Tab): vscode.Uri | undefined {
  const uri = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText ? input.uri : undefined;
  return uri?.path.toLowerCase().endsWith('.onnx') ? uri : undefined;
}
