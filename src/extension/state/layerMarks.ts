import * as vscode from 'vscode';

/** What the user decided about the layers of a model. */
export interface Marks {
  /** Layers that keep their form in every search. */
  readonly excluded: readonly string[];
  /** Ranks fixed by the user, by layer. */
  readonly pinned: Readonly<Record<string, number>>;
}

const none: Marks = { excluded: [], pinned: {} };

/** Excluded layers and pinned ranks of every model, kept in the workspace's state and shared by views, pages and commands. */
export class LayerMarks implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  /** Fires with the model. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly memory: vscode.Memento) {}

  of(model: vscode.Uri): Marks {
    return { ...none, ...this.memory.get<Partial<Marks>>(keyOf(model)) };
  }

  async setExcluded(model: vscode.Uri, excluded: readonly string[]): Promise<void> {
    await this.set(model, { ...this.of(model), excluded: [...new Set(excluded)].sort() });
  }

  /** Excludes a layer from every search, or takes it back in. */
  async exclude(model: vscode.Uri, layer: string, excluded: boolean): Promise<void> {
    const others = this.of(model).excluded.filter((name) => name !== layer);
    await this.setExcluded(model, excluded ? [...others, layer] : others);
  }

  async setPinned(model: vscode.Uri, pinned: Readonly<Record<string, number>>): Promise<void> {
    await this.set(model, { ...this.of(model), pinned });
  }

  /** Fixes the rank of a layer; undefined lets the search choose again. */
  async pin(model: vscode.Uri, layer: string, rank: number | undefined): Promise<void> {
    const { [layer]: _, ...others } = this.of(model).pinned;
    await this.setPinned(model, rank === undefined ? others : { ...others, [layer]: rank });
  }

  dispose(): void {
    this.changed.dispose();
  }

  private async set(model: vscode.Uri, marks: Marks): Promise<void> {
    const empty = marks.excluded.length === 0 && Object.keys(marks.pinned).length === 0;
    // What was set is read back at once; only keeping it takes a while.
    const kept = this.memory.update(keyOf(model), empty ? undefined : marks);
    this.changed.fire(model);
    await kept;
  }
}

function keyOf(model: vscode.Uri): string {
  return `layers:${model.toString()}`;
}
