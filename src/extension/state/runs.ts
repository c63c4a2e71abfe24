import * as fs from 'node:fs';
import * as vscode from 'vscode';
import type { RunChange } from '../../protocol/messages';
import type { CompressionRequest, Progress, RunDetail, RunSummary } from '../../protocol/runs';
import type { Engine } from '../engine';
import { allRunsFolders } from './runFolders';

/** A change of progress is shown at most this often. */
const quietMs = 250;

/** The runs of this workspace: those on disk, and how far the running ones are. */
export class Runs implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly ended = new vscode.EventEmitter<RunSummary>();
  private readonly progresses = new Map<string, Progress>();
  private readonly subscriptions: vscode.Disposable[];
  private known: readonly RunSummary[] = [];
  private loading: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private watchers: vscode.Disposable[] = [];

  readonly onDidChange = this.changed.event;
  /** A run that was running finished or failed. */
  readonly onDidEnd = this.ended.event;

  constructor(
    private readonly engine: Engine,
    private readonly storage: vscode.Uri,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscriptions = [
      engine.onRunUpdated((change) => this.update(change)),
      engine.onStateChanged((state) => {
        if (state === 'restarting' || state === 'stopped') this.interrupted(state === 'restarting');
      }),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.watch()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('layerwise.runs.folder')) this.watch();
      }),
    ];
    this.watch();
  }

  /** Newest first; what was read last. */
  get list(): readonly RunSummary[] {
    return this.known;
  }

  get running(): readonly RunSummary[] {
    return this.known.filter(({ state }) => state === 'running');
  }

  /** Whether there are runs on disk, without asking the engine. */
  get anyOnDisk(): boolean {
    return allRunsFolders(this.storage).some(hasEntries);
  }

  progressOf(run: string): Progress | undefined {
    return this.progresses.get(run);
  }

  /** Reads the folders. The engine is left alone while no folder has a run. */
  async load(): Promise<readonly RunSummary[]> {
    this.loading ??= this.read().finally(() => (this.loading = undefined));
    try {
      await this.loading;
    } catch (error) {
      this.log.warn(`Runs could not be read: ${String(error)}`);
      throw error;
    }
    return this.known;
  }

  async start(request: CompressionRequest, runsFolder: string): Promise<RunSummary> {
    const run = await this.engine.request('startRun', { request, runsFolder });
    this.put(run);
    return run;
  }

  async resume(run: string): Promise<RunSummary> {
    const summary = await this.engine.request('resumeRun', { run });
    this.put(summary);
    return summary;
  }

  async stop(run: string): Promise<void> {
    this.put(await this.engine.request('stopRun', { run }));
  }

  async keepBest(run: string): Promise<void> {
    await this.engine.request('keepBest', { run });
  }

  async remove(run: string): Promise<void> {
    await this.engine.request('deleteRun', { run });
    this.known = this.known.filter(({ path }) => path !== run);
    this.changed.fire();
  }

  show(run: string): Promise<RunDetail> {
    return this.engine.request('showRun', { run });
  }

  /** The newest finished runs of a model. */
  of(model: string): readonly RunSummary[] {
    return this.known.filter((run) => run.model === model);
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const item of [...this.subscriptions, ...this.watchers]) item.dispose();
    this.changed.dispose();
    this.ended.dispose();
  }

  private async read(): Promise<void> {
    const folders = allRunsFolders(this.storage).filter(hasEntries);
    const read = folders.length > 0 ? await this.engine.request('listRuns', { folders }) : [];
    this.known = [...read].sort((a, b) => (a.started < b.started ? 1 : -1));
    this.changed.fire();
  }

  private put(run: RunSummary): void {
    const before = this.known.find(({ path }) => path === run.path);
    this.known = before ? this.known.map((other) => (other.path === run.path ? run : other)) : [run, ...this.known];
    if (run.state !== 'running') this.progresses.delete(run.path);
    if (before?.state === 'running' && (run.state === 'finished' || run.state === 'failed')) this.ended.fire(run);
    this.changed.fire();
  }

  private update({ run, update }: RunChange): void {
    if (!update) return this.put(run);
    if (update.kind === 'progress') this.progresses.set(run.path, update.progress);
    if (update.kind === 'note') this.log.info(`${run.path}: ${update.sentence}`);
    const before = this.known.find(({ path }) => path === run.path);
    if (!before || before.state !== run.state || before.result !== run.result) return this.put(run);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.changed.fire();
    }, quietMs);
  }

  /** The engine is gone: its runs are unfinished now, and go on when it is back. */
  private interrupted(comesBack: boolean): void {
    const lost = this.running;
    if (lost.length === 0) return;
    this.known = this.known.map((run) => (run.state === 'running' ? { ...run, state: 'unfinished' as const } : run));
    this.progresses.clear();
    this.changed.fire();
    if (!comesBack) return;
    for (const { path } of lost) {
      this.log.info(`${path} goes on from its last checkpoint.`);
      // The request waits until the engine is back.
      this.resume(path).catch((error: unknown) => this.log.error(`${path} could not go on: ${String(error)}`));
    }
  }

  /** Runs of the command line and of other windows come and go in the same folders. */
  private watch(): void {
    for (const watcher of this.watchers) watcher.dispose();
    this.watchers = allRunsFolders(this.storage).map((folder) => {
      const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), '*/{settings,report}.json');
      const watcher = vscode.workspace.createFileSystemWatcher(pattern, false, true, false);
      const reload = (): void => void this.load().catch(() => undefined);
      watcher.onDidCreate(reload);
      watcher.onDidDelete(reload);
      return watcher;
    });
  }
}

function hasEntries(folder: string): boolean {
  try {
    return fs.readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}
