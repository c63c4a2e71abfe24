import { Emitter } from 'vscode-jsonrpc/node';
import type { RunChange } from '../protocol/messages';
import { EngineProcess, type EngineLog, type RequestOptions } from './engineProcess';
import type { Method, ParamsOf, ResultOf } from './engineRequests';
import { EngineStoppedError } from './failure';

/** `idle` until first needed; `stopped` after it crashed so often that starting it again is the user's decision. */
export type EngineState = 'idle' | 'running' | 'restarting' | 'stopped';

export interface EngineStateChange {
  readonly state: EngineState;
  /** Why the engine ended, when it did. */
  readonly reason?: string;
}

/** Pause before each start after a crash; one more crash than there are pauses, and the engine stays stopped. */
const defaultPausesMs: readonly number[] = [500, 2_000, 8_000];
/** Crashes that lie further back than this are forgotten. */
const crashMemoryMs = 5 * 60_000;

export interface EngineClientOptions {
  /** Program that runs the engine; the editor's own Node when it gives none. Asked at each start. */
  readonly nodePath?: () => string | undefined;
  readonly log?: EngineLog;
  readonly pausesMs?: readonly number[];
}

/** A start that is still to come. */
interface Restart {
  readonly done: Promise<void>;
  now(): void;
}

const noLog: EngineLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The engine as the extension sees it: forked on first need, watched, started again after a crash, ended with the extension. */
export class EngineClient {
  private readonly stateChanged = new Emitter<EngineStateChange>();
  private readonly runUpdated = new Emitter<RunChange>();
  private life: EngineProcess | undefined;
  private restart: Restart | undefined;
  private crashes: number[] = [];
  private disposed = false;
  private current: EngineState = 'idle';

  readonly onStateChanged = this.stateChanged.event;
  readonly onRunUpdated = this.runUpdated.event;

  constructor(
    private readonly entry: string,
    private readonly options: EngineClientOptions = {},
  ) {}

  get state(): EngineState {
    return this.current;
  }

  get pid(): number | undefined {
    return this.life?.pid;
  }

  /** Asks the engine, which is started for it when it isn't there. Throws as `EngineProcess.request` does. */
  async request<M extends Method>(method: M, params: ParamsOf<M>, options?: RequestOptions): Promise<ResultOf<M>> {
    if (this.restart) await this.restart.done;
    if (this.current === 'stopped')
      throw new EngineStoppedError('The engine has stopped.', 'Start it again with "Layerwise: Restart Engine".');
    return this.started().request(method, params, options);
  }

  /** Ends the engine, whatever it does, and starts a new one; requests wait for it. Earlier crashes are forgotten. */
  async restartNow(): Promise<void> {
    this.crashes = [];
    if (this.restart) this.restart.now();
    else {
      const { life } = this;
      this.life = undefined;
      this.restart = this.startAfter(life ? life.end() : Promise.resolve());
      this.change('restarting');
    }
    await this.restart?.done;
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    this.restart?.now();
    const { life } = this;
    this.life = undefined;
    await life?.end();
    this.stateChanged.dispose();
    this.runUpdated.dispose();
  }

  private started(): EngineProcess {
    if (this.disposed) throw new EngineStoppedError('The engine has ended with the editor.', 'Reload the window.');
    if (this.life) return this.life;
    const log = this.options.log ?? noLog;
    const life = new EngineProcess(this.entry, this.options.nodePath?.() || undefined, log);
    this.life = life;
    log.info(`Engine started (process ${life.pid ?? 'unknown'}).`);
    void life.ready.then((version) => log.info(`Engine ${version} is ready.`));
    life.onRunUpdated((change) => this.runUpdated.fire(change));
    void life.exited.then(({ reason, unexpected }) => {
      if (this.life !== life) return;
      this.life = undefined;
      if (unexpected && !this.disposed) this.crashed(reason, log);
    });
    this.change('running');
    return life;
  }

  private crashed(reason: string, log: EngineLog): void {
    log.error(`The engine ended by itself: ${reason}.`);
    const now = Date.now();
    this.crashes = [...this.crashes.filter((time) => now - time < crashMemoryMs), now];
    const pauses = this.options.pausesMs ?? defaultPausesMs;
    if (this.crashes.length > pauses.length) return this.change('stopped', reason);
    this.restart = this.startAfter(pause(pauses[this.crashes.length - 1]));
    this.change('restarting', reason);
  }

  /** Starts the engine when a moment has come, or now. */
  private startAfter(moment: Promise<void>): Restart {
    let now = (): void => {};
    let due = true;
    const done = new Promise<void>((resolve) => {
      now = () => {
        if (!due) return;
        due = false;
        this.restart = undefined;
        if (!this.disposed) this.started();
        resolve();
      };
    });
    void moment.then(() => now());
    return { done, now: () => now() };
  }

  private change(state: EngineState, reason?: string): void {
    this.current = state;
    this.stateChanged.fire({ state, reason });
  }
}

function pause(timeMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs).unref());
}
