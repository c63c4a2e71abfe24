import type { ForwardedMethods, HostEvents, HostMethods, PageAnswer, PageEvent } from '../../src/protocol/page';
import type { Host } from './host';

export type Methods = ForwardedMethods & HostMethods;

/** A request that failed: what went wrong, and what the user can do about it. */
export class RequestError extends Error {
  constructor(
    message: string,
    readonly hint?: string,
  ) {
    super(message);
    this.name = 'RequestError';
  }
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly progress?: (value: unknown) => void;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly progress?: (value: unknown) => void;
}

/** The page's side of the messages: requests with answers, progress and cancellation, and events. */
export class Client {
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Map<string, (value: unknown) => void>();
  private lastId = 0;

  constructor(private readonly host: Host) {
    host.listen((message) => this.receive(message));
  }

  /** Asks the host. Rejects with a RequestError that says why, or with an AbortError when the signal is raised. */
  request<M extends keyof Methods>(
    method: M,
    params: Methods[M]['params'],
    { signal, progress }: RequestOptions = {},
  ): Promise<Methods[M]['result']> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      this.pending.set(id, { resolve: (result) => resolve(result as Methods[M]['result']), reject, progress });
      signal?.addEventListener(
        'abort',
        () => {
          if (!this.pending.delete(id)) return;
          this.host.post({ kind: 'cancel', id });
          reject(new DOMException('Cancelled', 'AbortError'));
        },
        { once: true },
      );
      this.host.post({ kind: 'request', id, method, params });
    });
  }

  /** Sends something whose answer is of no interest; a failure goes to the log. */
  tell<M extends keyof Methods>(method: M, params: Methods[M]['params']): void {
    this.request(method, params).catch((error: unknown) => {
      if (method !== 'log') this.tell('log', { level: 'error', message: `${method}: ${String(error)}` });
    });
  }

  on<E extends keyof HostEvents>(name: E, listen: (value: HostEvents[E]) => void): void {
    this.listeners.set(name, listen as (value: unknown) => void);
  }

  private receive(message: unknown): void {
    if (!isAnswerOrEvent(message)) return this.unknown(message);
    if (message.kind === 'event') {
      const listen = this.listeners.get(message.name);
      return listen ? listen(message.value) : this.unknown(message);
    }
    const pending = this.pending.get(message.id);
    // Answers to cancelled requests arrive late and concern nobody.
    if (!pending) return;
    if (message.kind === 'progress') return pending.progress?.(message.value);
    this.pending.delete(message.id);
    if (message.kind === 'result') pending.resolve(message.result);
    else pending.reject(new RequestError(message.message, message.hint));
  }

  private unknown(message: unknown): void {
    // Other scripts of the webview's frame post messages without a kind; they are not meant for the page.
    if (typeof message !== 'object' || message === null || !('kind' in message)) return;
    this.tell('log', { level: 'warn', message: `Unknown message: ${JSON.stringify(message).slice(0, 200)}` });
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function isAnswerOrEvent(message: unknown): message is PageAnswer | PageEvent {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return false;
  if (message.kind === 'event') return 'name' in message && typeof message.name === 'string';
  if (!('id' in message) || typeof message.id !== 'number') return false;
  if (message.kind === 'error') return 'message' in message && typeof message.message === 'string';
  return message.kind === 'result' || message.kind === 'progress';
}
