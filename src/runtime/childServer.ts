import { toWireError, type ChildApi, type ReplyMessage, type RequestMessage } from './childProtocol';

/** What a handler may tell its caller before it is done. */
export interface HandlerContext<Progress> {
  readonly progress: (progress: Progress) => void;
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
  const answer = async ({ id, method, params }: RequestMessage): Promise<void> => {
    try {
      const handler = (handlers as Partial<Record<string, (params: never, context: never) => Promise<unknown>>>)[
        method
      ];
      if (!handler) throw new Error(`The child knows no request ${method}.`);
      const context: HandlerContext<unknown> = { progress: (progress) => send({ id, kind: 'progress', progress }) };
      send({ id, kind: 'result', result: await handler(params as never, context as never) });
    } catch (error) {
      send({ id, kind: 'error', error: toWireError(error) });
    }
  };
  process.on('message', (message) => void answer(message as RequestMessage));
  process.on('disconnect', () => process.exit(0));
}
