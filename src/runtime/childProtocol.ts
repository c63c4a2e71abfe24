/** Messages between a process and the child that works for it, and errors that cross whole. */

/** What a child answers: by method, what it takes, gives, and reports meanwhile. */
export type ChildApi<T> = { readonly [Method in keyof T]: { params: unknown; result: unknown; progress?: unknown } };

export interface RequestMessage {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

/** Something said to a request that is under way: that it is cancelled, or what only its handler understands. */
export interface ControlMessage {
  readonly id: number;
  readonly control: 'cancel' | 'tell';
  readonly message?: unknown;
}

export type ReplyMessage =
  | { readonly id: number; readonly kind: 'result'; readonly result: unknown }
  | { readonly id: number; readonly kind: 'progress'; readonly progress: unknown }
  | { readonly id: number; readonly kind: 'error'; readonly error: WireError };

/** An error as plain data: its class is known by its name on either side. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** An error with everything it carries but its cause, which may not be cloneable. */
export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), details: {} };
  const { name, message, stack } = error;
  const details = Object.fromEntries(
    Object.entries(error).filter(([key, value]) => key !== 'name' && key !== 'cause' && isPlain(value)),
  );
  return { name, message, stack, details };
}

/** The error again: the `is` guards of its class accept it, as they go by the name. */
export function fromWireError({ name, message, stack, details }: WireError): Error {
  return Object.assign(new Error(message), details, { name, stack });
}

function isPlain(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value);
}
