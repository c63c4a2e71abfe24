import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  createMessageConnection,
  Emitter,
  ErrorCodes,
  IPCMessageReader,
  IPCMessageWriter,
  ResponseError,
  type CancellationToken,
  type MessageConnection,
  type RequestType,
} from 'vscode-jsonrpc/node';
import {
  detailType,
  heartbeatNotification,
  logNotification,
  progressType,
  readyNotification,
  runUpdatedNotification,
  type FailureData,
  type RunChange,
} from '../protocol/messages';
import type { LayerDetail } from '../protocol/model';
import type { Progress } from '../protocol/runs';
import { requests, type Method, type ParamsOf, type ResultOf } from './engineRequests';
import { EngineStoppedError, RequestCancelledError } from './failure';

export interface EngineLog {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export interface RequestOptions {
  readonly token?: CancellationToken;
  readonly onProgress?: (progress: Progress) => void;
  /** Parts of `details`, as they are ready. */
  readonly onDetail?: (detail: LayerDetail) => void;
}

/** How the process ended. */
export interface EngineExit {
  readonly reason: string;
  /** False when it was told to. */
  readonly unexpected: boolean;
}

/** Heartbeats are looked for this often. Looks are counted, not time: a machine that slept is not a hung engine. */
const lookMs = 5_000;
/** Looks without a heartbeat until the engine counts as hung: a minute; it touches no model itself, so it is always free to beat. */
const looksUntilHung = 12;
/** How long the engine may take to answer a cancelled request before the caller is let go anyway. */
const cancelPatienceMs = 800;
/** JSON-RPC's code for a request that the engine gave up because it was cancelled. */
const cancelledCode = -32800;
/** How long the engine gets to end by itself before it is killed. */
const endPatienceMs = 1_500;

/** One life of the engine: from its fork to its exit. */
export class EngineProcess {
  private readonly child: ChildProcess;
  private readonly connection: MessageConnection;
  private readonly runUpdated = new Emitter<RunChange>();
  private readonly watch: NodeJS.Timeout;
  private silentLooks = 0;
  private told = false;
  private hung = false;
  private nextToken = 1;

  readonly onRunUpdated = this.runUpdated.event;
  readonly exited: Promise<EngineExit>;
  /** When it says that it is loaded. */
  readonly ready: Promise<string>;

  /** @param nodePath program that runs the engine; the editor's own Node when it is left out */
  constructor(
    entry: string,
    nodePath: string | undefined,
    private readonly log: EngineLog,
  ) {
    this.child = fork(entry, [], {
      execArgv: [],
      serialization: 'advanced',
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      ...(nodePath && { execPath: nodePath }),
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      if (stream) createInterface({ input: stream }).on('line', (line) => this.log.info(line));
    this.exited = this.exit();
    this.connection = createMessageConnection(new IPCMessageReader(this.child), new IPCMessageWriter(this.child));
    // A message that could not be written: the exit that follows is what matters.
    this.connection.onError(([error]) => this.log.debug(`Connection: ${error.message}`));
    this.ready = new Promise((resolve) => {
      this.connection.onNotification(readyNotification, ({ version }) => resolve(version));
    });
    this.connection.onNotification(runUpdatedNotification, (change) => this.runUpdated.fire(change));
    this.connection.onNotification(logNotification, ({ level, message }) => this.log[level](message));
    this.connection.onNotification(heartbeatNotification, () => {
      this.silentLooks = 0;
    });
    this.connection.listen();
    this.watch = setInterval(() => this.look(), lookMs);
    this.watch.unref();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /**
   * Asks the engine. Throws the engine's own error, an EngineStoppedError when it ends before it answers, or a
   * RequestCancelledError soon after the token is cancelled, whether or not the engine is free to listen.
   */
  async request<M extends Method>(
    method: M,
    params: ParamsOf<M>,
    { token, onProgress, onDetail }: RequestOptions = {},
  ): Promise<ResultOf<M>> {
    const key = `editor-${this.nextToken++}`;
    const listeners = [
      ...(onProgress ? [this.connection.onProgress(progressType, key, onProgress)] : []),
      ...(onDetail ? [this.connection.onProgress(detailType, key, onDetail)] : []),
    ];
    const sent = { ...(params as object), ...(onProgress && { progress: key }), ...(onDetail && { details: key }) };
    const type = requests[method] as unknown as RequestType<object, ResultOf<M>, FailureData>;
    try {
      const answer = this.connection.sendRequest(type, sent, token);
      return await (token ? untilCancelled(answer, token) : answer);
    } catch (error) {
      throw this.translated(error);
    } finally {
      for (const listener of listeners) listener.dispose();
    }
  }

  /** Ends the process, by force if it does not listen. */
  async end(): Promise<void> {
    this.told = true;
    if (this.child.connected) this.child.disconnect();
    const force = setTimeout(() => this.child.kill('SIGKILL'), endPatienceMs);
    this.child.kill();
    await this.exited;
    clearTimeout(force);
  }

  private exit(): Promise<EngineExit> {
    return new Promise((resolve) => {
      const done = (reason: string): void => {
        clearInterval(this.watch);
        this.connection.dispose();
        resolve({ reason, unexpected: !this.told });
      };
      this.child.once('error', (error) => done(error.message));
      this.child.once('exit', (code, signal) => {
        if (this.hung) done('it no longer answered');
        else done(signal ? `signal ${signal}` : `exit code ${code ?? 'unknown'}`);
      });
    });
  }

  private look(): void {
    if (++this.silentLooks < looksUntilHung) return;
    this.hung = true;
    this.child.kill('SIGKILL');
  }

  private translated(error: unknown): unknown {
    if (!(error instanceof ResponseError)) {
      return this.child.connected ? error : stopped();
    }
    if (error.code === cancelledCode) return new RequestCancelledError();
    const lost = [ErrorCodes.PendingResponseRejected, ErrorCodes.ConnectionInactive, ErrorCodes.MessageWriteError];
    return lost.some((code) => code === error.code) ? stopped() : error;
  }
}

function stopped(): EngineStoppedError {
  return new EngineStoppedError(
    'The engine stopped before it answered.',
    'It is started again; try once more. The log says why.',
  );
}

/** The answer, or a RequestCancelledError when it does not come soon after the token is cancelled. */
async function untilCancelled<T>(answer: Promise<T>, token: CancellationToken): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let listener: { dispose(): void } | undefined;
  const cancelled = new Promise<never>((_resolve, reject) => {
    const wait = (): void => {
      timer = setTimeout(() => reject(new RequestCancelledError()), cancelPatienceMs);
    };
    if (token.isCancellationRequested) wait();
    else listener = token.onCancellationRequested(wait);
  });
  try {
    return await Promise.race([answer, cancelled]);
  } finally {
    clearTimeout(timer);
    listener?.dispose();
  }
}
