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
  private asked = false;
  /** Prefixes of environments that the Python extension told, by document. */
  private readonly selected = new Map<string, string | undefined>();
  private readonly folders = new Map<string, readonly string[]>();
  private readonly texts = new Map<string, string | undefined>();
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly findPython = (): Pick<vscode.Extension<PythonApi>, 'activate'> | undefined =>
      vscode.extensions.getExtension<PythonApi>('ms-python.python'),
  ) {}

  /** What is installed for a document, as far as it is known by now. */
  packagesFor(document: vscode.TextDocument): InstalledPackages {
    this.ask(document);
    const environment = this.selected.get(document.uri.toString()) ?? environmentNear(placeOf(document), list);
    if (environment === undefined) return { folders: [], names: [] };
    let folders = this.folders.get(environment);
    if (folders === undefined) {
      folders = packageFolders(environment.replace(/\\/g, '/'), list);
      this.folders.set(environment, folders);
    }
    return { folders, names: codeSettings(document).packages };
  }

  /** Text of a file of a package: it stays as it is until another environment is chosen. */
  read(path: string): string | undefined {
    if (!this.texts.has(path)) this.texts.set(path, readText(path));
    return this.texts.get(path);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** Asks the Python extension, which starts by itself with the first Python file; its answer comes when it comes. */
  private ask(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    if (this.api) {
      if (!this.selected.has(key)) void this.select(this.api, document);
      return;
    }
    const extension = this.findPython();
    if (this.asked || !extension) return;
    this.asked = true;
    void extension.activate().then((api) => this.connect(api, document), ignore);
  }

  private connect(api: PythonApi | undefined, document: vscode.TextDocument): void {
    // An old one has no such API.
    if (!api?.environments) return;
    this.api = api;
    this.subscriptions.push(
      api.environments.onDidChangeActiveEnvironmentPath(() => {
        for (const map of [this.selected, this.folders, this.texts]) map.clear();
        this.changed.fire();
      }),
    );
    void this.select(api, document);
  }

  private async select({ environments }: PythonApi, document: vscode.TextDocument): Promise<void> {
    const key = document.uri.toString();
    this.selected.set(key, undefined);
    const path = environments.getActiveEnvironmentPath(document.uri);
    const environment = await environments.resolveEnvironment(path).catch(ignore);
    const prefix = environment?.executable.sysPrefix;
    if (!prefix) return;
    this.selected.set(key, prefix);
    this.changed.fire();
  }
}

/** Of what has no file yet: in the first folder of the workspace. */
function placeOf({ uri }: vscode.TextDocument): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const place = uri.scheme === 'file' || !folder ? uri : vscode.Uri.joinPath(folder.uri, 'untitled.py');
  return place.fsPath.replace(/\\/g, '/');
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

function readText(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
