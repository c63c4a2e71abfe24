import * as vscode from 'vscode';
import type { DeviceSummary } from '../../protocol/times';
import type { Engine } from '../engine';

/** The devices of this machine and the latency tables measured on them. */
export class Devices implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private known: Promise<readonly DeviceSummary[]> | undefined;
  readonly onDidChange = this.changed.event;

  constructor(private readonly engine: Engine) {}

  /** Asked once; `refresh` asks again. Throws the engine's error. */
  load(): Promise<readonly DeviceSummary[]> {
    if (!this.known) {
      const asked = this.engine.request('devices', {});
      asked.catch(() => (this.known = undefined));
      this.known = asked;
    }
    return this.known;
  }

  async forget(table: string): Promise<void> {
    await this.engine.request('forgetTable', { path: table });
    this.refresh();
  }

  refresh(): void {
    this.known = undefined;
    this.changed.fire();
  }

  dispose(): void {
    this.changed.dispose();
  }
}
