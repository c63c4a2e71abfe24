import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { basename } from 'node:path';
import { fromWireError, type ChildApi, type ControlMessage, type ReplyMessage } from './childProtocol';

export type ChildErrorCode = 'notStarted' | 'crashed' | 'timedOut' | 'disposed';

/** The child process, not the work it was given, failed. The next request gets a fresh child. */
export class ChildError extends Error {
  constructor(
    readonly code: ChildErrorCode,
    message: string,
    readonly hint: string,
    /** The last lines the child wrote to its error output. */
    readonly output = '',
  ) {
    super(message);
    this.name = 'ChildError';
  }

  static is(error: unknown, code?: ChildErrorCode): error is ChildError {
    return (
      error instanceof Error &&
      error.name === 'ChildError' &&
      (code === undefined || (error as ChildError).code === code)
    );
  }
}

export interface SupervisedChildOptions {
  /** The JavaScript file the child runs; it calls `serveParent`. */
  readonly entry: string;
  /** A fresh process after so many requests, against memory that sessions leave behind. Never when left out. */
  readonly recycleAfter?: number;
}

export interface RequestOptions<Progress> {
  /** Cancels: the child is killed and the request rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Time in which a cancelled request may end by itself before its child is killed; none when left out. With it, the
   * request rejects when the child is gone.
   */
  readonly graceMs?: number;
  /** The child is killed when it has not answered after so many milliseconds. */
  readonly timeoutMs?: number;
  readonly onProgress?: (progress: Progress) => void;
}

/** Enough of the error output to see what a native crash said. */
const keptOutput = 4096;

interface Job {
  readonly method: string;
  readonly params: unknown;
  readonly options: RequestOptions<unknown>;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

interface ActiveJob {
  readonly id: number;
  readonly job: Job;
  timer: NodeJS.Timeout | undefined;
}

/**
 * A child process for work that may crash or block: native code in it can't take this process along. It is forked at the
 * first request, answers one at a time, and is replaced after a crash, a cancellation or a time-out. It keeps this
 * process alive only while it works.
 */
export class SupervisedChild<T extends ChildApi<T>> {
  private child: ChildProcess | undefined;
  private output = '';
  private served = 0;
  private nextId = 1;
  private disposed = false;
  private active: ActiveJob | undefined;
  private readonly queue: Job[] = [];

  constructor(private readonly options: SupervisedChildOptions) {}

  /** The process id of the present child. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Rejects with the typed error the child's handler threw, with a ChildError when the child itself failed, or with the
   * signal's reason.
   */
  request<Method extends keyof T & string>(
    method: Method,
    params: T[Method]['params'],
    options: RequestOptions<T[Method]['progress']> = {},
  ): Promise<T[Method]['result']> {
    return new Promise((resolve, reject) => {
      const { signal } = options;
      if (this.disposed)
        return reject(new ChildError('disposed', 'The child process was shut down.', 'Start it again.'));
      if (signal?.aborted) return reject(signal.reason as Error);
      const cancel = (): void => this.cancel(job);
      const finish = (): void => signal?.removeEventListener('abort', cancel);
      const job: Job = {
        method,
        params,
        options: options as RequestOptions<unknown>,
        resolve: (result) => (finish(), resolve(result as T[Method]['result'])),
        reject: (error) => (finish(), reject(error as Error)),
      };
      this.queue.push(job);
      signal?.addEventListener('abort', cancel);
      this.next();
    });
  }

  /** Says something to the request under way, if there is one; its handler listens with `onTold`. */
  tell(message: unknown): void {
    if (this.active) this.control({ id: this.active.id, control: 'tell', message });
  }

  /** Ends the child; requests that wait or run reject with a ChildError. */
  dispose(): void {
    this.disposed = true;
    const error = new ChildError('disposed', 'The child process was shut down.', 'Start it again.');
    for (const job of this.queue.splice(0)) job.reject(error);
    this.kill(error);
  }

  private next(): void {
    if (this.active || this.queue.length === 0) return;
    const { recycleAfter = Infinity } = this.options;
    if (this.served >= recycleAfter) this.release();
    const job = this.queue.shift() as Job;
    const child = (this.child ??= this.start());
    if (!child) {
      job.reject(notStarted(this.options.entry));
      return this.next();
    }
    const id = this.nextId++;
    const { timeoutMs } = job.options;
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => this.kill(timedOut(job.method, timeoutMs)), timeoutMs);
    this.active = { id, job, timer };
    this.served++;
    setAlive(child, true);
    child.send({ id, method: job.method, params: job.params }, (error) => error && this.failed(child, error.message));
  }

  private start(): ChildProcess | undefined {
    if (!existsSync(this.options.entry)) return undefined;
    // The host's --inspect must not be inherited; ELECTRON_RUN_AS_NODE makes an editor's binary behave as Node.
    const child = fork(this.options.entry, [], {
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    });
    this.output = '';
    this.served = 0;
    child.stderr?.on('data', (bytes: Buffer) => {
      if (child === this.child) this.output = (this.output + bytes.toString()).slice(-keptOutput);
    });
    child.on('message', (message) => this.receive(child, message as ReplyMessage));
    child.on('error', (error) => this.failed(child, error.message));
    // 'close' comes after the last of the error output, 'exit' may come before it.
    child.on('close', (code, signal) => this.failed(child, signal ? `signal ${signal}` : `exit code ${code}`));
    return child;
  }

  private receive(child: ChildProcess, message: ReplyMessage): void {
    const { active } = this;
    if (child !== this.child || active?.id !== message.id) return;
    if (message.kind === 'progress') return active.job.options.onProgress?.(message.progress);
    this.settle();
    if (message.kind === 'result') active.job.resolve(message.result);
    else active.job.reject(fromWireError(message.error));
    this.next();
  }

  private failed(child: ChildProcess, how: string): void {
    if (child !== this.child) return;
    this.child = undefined;
    const error = new ChildError(
      'crashed',
      `The process for ${basename(this.options.entry, '.js')} ended unexpectedly (${how}).`,
      'What it was doing is lost; the rest can go on. Try fewer threads or another device.',
      this.output,
    );
    const job = this.settle();
    // A cancelled request whose time to end by itself was up was ended by us.
    const { signal } = job?.options ?? {};
    job?.reject(signal?.aborted ? signal.reason : error);
    this.next();
  }

  private cancel(job: Job): void {
    const waiting = this.queue.indexOf(job);
    if (waiting >= 0) {
      this.queue.splice(waiting, 1);
      job.reject(job.options.signal?.reason);
      return;
    }
    const { active } = this;
    if (active?.job !== job) return;
    const { graceMs, signal } = job.options;
    if (graceMs === undefined) return this.kill(signal?.reason);
    this.control({ id: active.id, control: 'cancel' });
    clearTimeout(active.timer);
    const { child } = this;
    active.timer = setTimeout(() => child?.kill('SIGKILL'), graceMs);
  }

  private control(message: ControlMessage): void {
    // A child that is gone by now is noticed by its end.
    this.child?.send(message, () => undefined);
  }

  /** Kills the child at once and rejects what it was working on. */
  private kill(reason: unknown): void {
    const { child } = this;
    this.child = undefined;
    child?.kill('SIGKILL');
    this.settle()?.reject(reason);
    this.next();
  }

  /** Lets the child end by itself. */
  private release(): void {
    const { child } = this;
    this.child = undefined;
    if (child?.connected) child.disconnect();
  }

  private settle(): Job | undefined {
    const { active, child } = this;
    this.active = undefined;
    clearTimeout(active?.timer);
    if (child) setAlive(child, false);
    return active?.job;
  }
}

/** Whether the child keeps this process from ending. */
function setAlive(child: ChildProcess, alive: boolean): void {
  for (const handle of [child, child.channel, child.stderr as Socket | null]) {
    if (alive) handle?.ref();
    else handle?.unref();
  }
}

function notStarted(entry: string): ChildError {
  return new ChildError('notStarted', `The program file ${entry} is missing.`, 'Build it with `npm run build`.');
}

function timedOut(method: string, timeoutMs: number): ChildError {
  return new ChildError(
    'timedOut',
    `The child process did not answer "${method}" within ${timeoutMs / 1000} seconds and was ended.`,
    'Allow more time, or give it less to do.',
  );
}
