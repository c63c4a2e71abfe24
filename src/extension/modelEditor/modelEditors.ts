import * as vscode from 'vscode';
import type { PageTarget } from '../../protocol/page';
import type { App } from '../app';
import type { ModelPage } from './modelPage';

export const modelViewType = 'layerwise.model';

interface ModelDocument extends vscode.CustomDocument {
  /** The file was written anew or is gone. */
  readonly onDidChange: vscode.Event<{ readonly gone: boolean }>;
}

/** The read-only editor of ONNX files: one document per file, any number of pages on it. */
export class ModelEditors implements vscode.CustomReadonlyEditorProvider<ModelDocument>, vscode.Disposable {
  private readonly pages = new Set<ModelPage>();
  /** Where a page that is about to open begins, by model. */
  private readonly targets = new Map<string, PageTarget>();

  constructor(private readonly app: () => App) {}

  openCustomDocument(uri: vscode.Uri): ModelDocument {
    const changed = new vscode.EventEmitter<{ gone: boolean }>();
    const folder = vscode.Uri.joinPath(uri, '..');
    const name = uri.path.slice(uri.path.lastIndexOf('/') + 1).replace(/[[\]{}*?]/g, '?');
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, name));
    const report = (gone: boolean) => (): void => {
      if (!gone) this.app().models.forget(uri);
      changed.fire({ gone });
    };
    watcher.onDidChange(report(false));
    watcher.onDidCreate(report(false));
    watcher.onDidDelete(report(true));
    const dispose = (): void => {
      watcher.dispose();
      changed.dispose();
    };
    return { uri, onDidChange: changed.event, dispose };
  }

  async resolveCustomEditor(document: ModelDocument, panel: vscode.WebviewPanel): Promise<void> {
    const { ModelPage } = await import('./modelPage');
    const key = document.uri.toString();
    const target = this.targets.get(key);
    this.targets.delete(key);
    const page = new ModelPage(this.app(), document.uri, panel, target);
    this.pages.add(page);
    const listener = document.onDidChange((change) => page.modelChanged(change.gone));
    panel.onDidDispose(() => {
      listener.dispose();
      this.pages.delete(page);
      page.dispose();
    });
  }

  /** Opens a model's editor, or brings it to the front, at a section, a layer or a run. */
  async show(uri: vscode.Uri, target?: PageTarget, column?: vscode.ViewColumn): Promise<void> {
    const open = [...this.pages].filter((page) => page.uri.toString() === uri.toString());
    if (target && open.length === 0) this.targets.set(uri.toString(), target);
    await vscode.commands.executeCommand('vscode.openWith', uri, modelViewType, column);
    if (target) for (const page of open) page.show(target);
  }

  dispose(): void {
    this.targets.clear();
  }
}
