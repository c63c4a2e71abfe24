import * as fs from 'node:fs';
import * as vscode from 'vscode';
import { environmentNear, packageFolders } from '../../source/environment';
import type { InstalledPackages } from '../../source/sourceModel';
import { codeSettings } from './codeSettings';

/** What Layerwise uses of the Python extension's API. */
export interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): unknown;
    resolveEnvironment(path: unknown): Promise<{ executable: { sysPrefix?: string } } | undefined>;
    onDidChangeActiveEnvironmentPath(use: () => void): vscode.Disposable;
  };
}

/**
 * Python environments of the documents, for packages that code builds on: the one that is selected in the Python extension, or
 * the one that stands beside the code. Python is not run for it.
 */
export class Environments implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly subscriptions: vscode.Disposable[] = [this.changed];
  private api: PythonApi | undefined;
  private activation: Thenable<void> | undefined;
  /** Prefixes of environments that the Python extension told, by folder of the workspace; present once it is asked. */
  private selected = new Map<string, string | undefined>();
  private disposed = false;
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly findPython = (): Pick<vscode.Extension<PythonApi>, 'activate'> | undefined =>
      vscode.extensions.getExtension<PythonApi>('ms-python.python'),
  ) {}

  /** What is installed for a document, as far as it is known by now. */
  packagesFor(document: vscode.TextDocument): InstalledPackages {
    this.ask(document.uri);
    const environment = this.selected.get(folderOf(document.uri)) ?? environmentNear(placeOf(document), list);
    const folders = environment === undefined ? [] : packageFolders(environment, list);
    return { folders, names: codeSettings(document).packages };
  }

  dispose(): void {
    this.disposed = true;
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Asks the Python extension, which starts by itself with the first Python file; its answer comes when it comes. */
  private ask(uri: vscode.Uri): void {
    const folder = folderOf(uri);
    if (this.selected.has(folder)) return;
    const extension = this.api ? undefined : this.findPython();
    if (!this.api && !extension) return;
    this.selected.set(folder, undefined);
    const { selected } = this;
    this.activation ??= extension?.activate().then((api) => this.connect(api), ignore);
    void this.activation?.then(() => this.select(selected, folder, uri));
  }

  private connect(api: PythonApi | undefined): void {
    // An old one has no such API.
    if (!api?.environments || this.disposed) return;
    this.api = api;
    this.subscriptions.push(
      api.environments.onDidChangeActiveEnvironmentPath(() => {
        // Answers that are under way are of the environment before.
        this.selected = new Map();
        this.changed.fire();
      }),
    );
  }

  private async select(selected: Map<string, string | undefined>, folder: string, uri: vscode.Uri): Promise<void> {
    const environments = this.api?.environments;
    const path = environments?.getActiveEnvironmentPath(uri);
    const environment = await environments?.resolveEnvironment(path).catch(ignore);
    const prefix = environment?.executable.sysPrefix;
    if (!prefix || this.disposed || selected !== this.selected) return;
    selected.set(folder, slashed(vscode.Uri.file(prefix)));
    this.changed.fire();
  }
}

function folderOf(uri: vscode.Uri): string {
  return vscode.workspace.getWorkspaceFolder(uri)?.uri.toString() ?? '';
}

/** Of what has no file yet: in the first folder of the workspace. */
function placeOf({ uri }: vscode.TextDocument): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  return slashed(uri.scheme === 'file' || !folder ? uri : vscode.Uri.joinPath(folder.uri, 'untitled.py'));
}

function slashed({ fsPath }: vscode.Uri): string {
  return fsPath.replace(/\\/g, '/');
}

function ignore(): undefined {
  return undefined;
}

function list(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
