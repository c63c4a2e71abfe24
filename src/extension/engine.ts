import * as vscode from 'vscode';
import type { RunChange } from '../protocol/messages';
import type { EngineClient, EngineState } from './engineClient';
import type { RequestOptions } from './engineProcess';
import type { Method, ParamsOf, ResultOf } from './engineRequests';
import { t } from './l10n';
import { engineNodePath } from './settings';

/** Requests that run the model or write files; they wait for trust. The others read only. */
const needTrust: ReadonlySet<Method> = new Set([
  'measure',
  'staircase',
  'compare',
  'evaluateRun',
  'apply',
  'startRun',
  'resumeRun',
  'deleteRun',
  'forgetTable',
]);

/** A sentence for the user in restricted mode. */
export class NotTrustedError extends Error {
  readonly hint: string;
  constructor() {
    super(t('Measuring and compressing run the model; they need a trusted workspace.'));
    this.name = 'NotTrustedError';
    this.hint = t('Manage the trust of this workspace to go on.');
  }
}

/** The engine for the rest of the extension: loaded and started when it is first asked. */
export class Engine implements vscode.Disposable {
  private readonly runUpdated = new vscode.EventEmitter<RunChange>();
  private readonly stateChanged = new vscode.EventEmitter<EngineState>();
  private client: Promise<EngineClient> | undefined;
  private current: EngineState = 'idle';

  readonly onRunUpdated = this.runUpdated.event;
  readonly onStateChanged = this.stateChanged.event;

  constructor(
    private readonly entry: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  get state(): EngineState {
    return this.current;
  }

  /** Asks the engine. Throws its error, or one that `isCancellation` knows when the token was cancelled. */
  async request<M extends Method>(method: M, params: ParamsOf<M>, options?: RequestOptions): Promise<ResultOf<M>> {
    if (needTrust.has(method) && !vscode.workspace.isTrusted) throw new NotTrustedError();
    const started = performance.now();
    const client = await this.load();
    const result = await client.request(method, params, options);
    this.log.debug(`${method}: ${Math.round(performance.now() - started)} ms`);
    return result;
  }

  async restart(): Promise<void> {
    await (await this.load()).restartNow();
  }

  /** Process id of the engine while it runs; the tests end it to see what happens. */
  async pid(): Promise<number | undefined> {
    return (await this.client)?.pid;
  }

  /** Ends the engine and waits until it is gone. */
  async stop(): Promise<void> {
    const { client } = this;
    this.client = undefined;
    await (await client)?.dispose();
  }

  dispose(): void {
    void this.stop();
    this.runUpdated.dispose();
    this.stateChanged.dispose();
  }

  private load(): Promise<EngineClient> {
    this.client ??= import('./engineClient').then(({ EngineClient }) => {
      const client = new EngineClient(this.entry, { nodePath: engineNodePath, log: this.log });
      client.onRunUpdated((change) => this.runUpdated.fire(change));
      client.onStateChanged(({ state, reason }) => {
        this.current = state;
        this.stateChanged.fire(state);
        if (state === 'stopped') void this.sayStopped(reason ?? '');
      });
      return client;
    });
    return this.client;
  }

  private async sayStopped(reason: string): Promise<void> {
    const restart = t('Restart');
    const showLog = t('Show Log');
    const chosen = await vscode.window.showErrorMessage(t('Engine stopped: {0}.', reason), restart, showLog);
    if (chosen === restart) await this.restart();
    if (chosen === showLog) this.log.show();
  }
}
