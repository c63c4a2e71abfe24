import { CancellationTokenSource, type CancellationToken } from 'vscode-jsonrpc';
import type { HostEvents, PageAnswer, PageEvent } from '../../protocol/page';
import { failureOf, isCancellation } from '../failure';
import { pageMessage } from './pageMessages';

/** A page as far as messages go: a webview, or a test. */
export interface PagePort {
  postMessage(message: PageAnswer | PageEvent): Thenable<boolean>;
}

export interface RequestContext {
  readonly token: CancellationToken;
  readonly progress: (value: unknown) => void;
}

/** Answers a request of the page; throws what the page is to show. */
export type Answer = (method: string, params: unknown, context: RequestContext) => Promise<unknown>;

/** The host's side of the messages with a page. */
export class PageChannel {
  private readonly running = new Map<number, CancellationTokenSource>();
  private closed = false;

  constructor(
    private readonly port: PagePort,
    private readonly answer: Answer,
    private readonly warn: (message: string) => void,
  ) {}

  /** Takes what arrived from the page. What is not understood is logged, never thrown. */
  async receive(message: unknown): Promise<void> {
    const read = pageMessage.safeParse(message);
    if (!read.success) return this.warn(`A page sent what is no message: ${JSON.stringify(message)?.slice(0, 200)}`);
    if (read.data.kind === 'cancel') return this.running.get(read.data.id)?.cancel();
    const { id, method, params } = read.data;
    const source = new CancellationTokenSource();
    this.running.set(id, source);
    try {
      const progress = (value: unknown): void => this.post({ kind: 'progress', id, value });
      const result = await this.answer(method, params, { token: source.token, progress });
      this.post({ kind: 'result', id, result });
    } catch (error) {
      const { message: text, hint, detail } = failureOf(error);
      if (!isCancellation(error)) this.warn(`${method}: ${detail}`);
      this.post({ kind: 'error', id, message: text, hint });
    } finally {
      this.running.delete(id);
      source.dispose();
    }
  }

  send<E extends keyof HostEvents>(name: E, value: HostEvents[E]): void {
    this.post({ kind: 'event', name, value });
  }

  /** The page is gone: what it asked for is cancelled. */
  close(): void {
    this.closed = true;
    for (const source of this.running.values()) source.cancel();
  }

  private post(message: PageAnswer | PageEvent): void {
    if (!this.closed) void this.port.postMessage(message);
  }
}
