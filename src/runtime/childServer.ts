import {
  toWireError,
  type ChildApi,
  type ControlMessage,
  type ReplyMessage,
  type RequestMessage,
} from './childProtocol';

/** What a handler may tell its caller before it is done, and what it may be told. */
export interface HandlerContext<Progress> {
  readonly progress: (progress: Progress) => void;
  /** Aborted when the caller cancels and leaves the handler some time to end by itself. */
  readonly signal: AbortSignal;
  /** Listens to what the caller tells while the request is under way. */
  readonly onTold: (listener: (message: unknown) => void) => void;
}

/** A request that is being answered. */
interface Work {
  readonly controller: AbortController;
  readonly listeners: ((message: unknown) => void)[];
}

export type Handlers<T extends ChildApi<T>> = {
  readonly [Method in keyof T]: (
    params: T[Method]['params'],
    context: HandlerContext<T[Method]['progress']>,
  ) => Promise<T[Method]['result']>;
};

/**
 * The child's side of a SupervisedChild: answers requests until the parent goes away, and then ends the process, whatever
 * it is doing.
 */
export function serveParent<T extends ChildApi<T>>(handlers: Handlers<T>): void {
  const send = (message: ReplyMessage): void => {
    if (process.connected) process.send?.(message);
  };
  const working = new Map<number, Work>();
  const answer = async ({ id, method, params }: RequestMessage): Promise<void> => {
    const work: Work = { controller: new AbortController(), listeners: [] };
    working.set(id, work);
    try {
      const handler = (handlers as Partial<Record<string, (params: never, context: never) => Promise<unknown>>>)[
        method
      ];
      if (!handler) throw new Error(`The child knows no request ${method}.`);
      const context: HandlerContext<unknown> = {
        progress: (progress) => send({ id, kind: 'progress', progress }),
        signal: work.controller.signal,
        onTold: (listener) => void work.listeners.push(listener),
      };
      send({ id, kind: 'result', result: await handler(params as never, context as never) });
    } catch (error) {
      send({ id, kind: 'error', error: toWireError(error) });
    } finally {
      working.delete(id);
    }
  };
  const control = ({ id, control, message }: ControlMessage): void => {
    const work = working.get(id);
    if (control === 'cancel') work?.controller.abort();
    else for (const listen of work?.listeners ?? []) listen(message);
  };
  process.on('message', (message: RequestMessage | ControlMessage) => {
    if ('control' in message) control(message);
    else void answer(message);
  });
  process.on('disconnect', () => process.exit(0));
}
