import type { FailureData } from '../protocol/messages';

/** What the user is told of an error: the sentence, and what to do next. */
export interface Failure {
  readonly message: string;
  readonly hint?: string;
  /** For the log: the stack where it happened, in whichever process. */
  readonly detail: string;
}

/** The engine ended before it answered. */
export class EngineStoppedError extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'EngineStoppedError';
  }

  static is(error: unknown): error is EngineStoppedError {
    return error instanceof EngineStoppedError;
  }
}

/** The user took the request back. */
export class RequestCancelledError extends Error {
  constructor() {
    super('Cancelled');
    // The editor's own name for it: code that gets one of its cancellation errors by this name treats ours alike.
    this.name = 'Canceled';
  }
}

/** Whether an error only says that the user cancelled. */
export function isCancellation(error: unknown): boolean {
  return error instanceof Error && error.name === 'Canceled';
}

/** Takes an error apart, from wherever it comes. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error), detail: String(error) };
  const { data } = error as { data?: FailureData };
  const own = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined;
  return { message: error.message, hint: data?.hint ?? own, detail: data?.stack ?? error.stack ?? error.message };
}

/** The sentence and the hint, as one text. */
export function describeFailure(error: unknown): string {
  const { message, hint } = failureOf(error);
  return hint ? `${message} ${hint}` : message;
}
