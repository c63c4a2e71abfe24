import * as vscode from 'vscode';
import type { Progress } from '../protocol/runs';

export interface Activity {
  readonly title: string;
  /** Path of the model that it is about. */
  readonly model?: string;
  readonly progress?: Progress;
  cancel(): void;
}

/** A view as far as progress goes. */
export interface ViewPlace {
  readonly viewId: string;
  readonly visible: boolean;
}

export interface ActivityOptions {
  readonly title: string;
  readonly model?: string;
  /** The view that shows its progress when it is open; otherwise a notification does. */
  readonly view: ViewPlace;
  /** Cancels the activity too. */
  readonly token?: vscode.CancellationToken;
}

/** What the extension waits for and the user may cancel: measurements, comparisons, plans being applied. */
export class Activities implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly running = new Set<Activity>();
  readonly onDidChange = this.changed.event;

  get list(): readonly Activity[] {
    return [...this.running];
  }

  /** Does some work where the user sees how far it is and can cancel it: in its view when that is open, else in a notification. */
  async run<T>(
    options: ActivityOptions,
    work: (report: (progress: Progress) => void, token: vscode.CancellationToken) => Promise<T>,
  ): Promise<T> {
    const source = new vscode.CancellationTokenSource();
    const activity: { -readonly [K in keyof Activity]: Activity[K] } = {
      title: options.title,
      model: options.model,
      cancel: () => source.cancel(),
    };
    const listener = options.token?.onCancellationRequested(() => source.cancel());
    this.running.add(activity);
    this.changed.fire();
    const { viewId, visible: inView } = options.view;
    try {
      return await vscode.window.withProgress(
        {
          location: inView ? { viewId } : vscode.ProgressLocation.Notification,
          title: options.title,
          cancellable: !inView,
        },
        (bar, token) => {
          token.onCancellationRequested(() => source.cancel());
          let done = 0;
          return work((progress) => {
            activity.progress = progress;
            this.changed.fire();
            const percent = Math.round(100 * progress.fraction);
            bar.report({ message: progress.message ?? progress.stage, increment: Math.max(0, percent - done) });
            done = Math.max(done, percent);
          }, source.token);
        },
      );
    } finally {
      listener?.dispose();
      this.running.delete(activity);
      this.changed.fire();
      source.dispose();
    }
  }

  dispose(): void {
    for (const activity of this.running) activity.cancel();
    this.changed.dispose();
  }
}
