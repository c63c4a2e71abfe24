/** Something the user asked for can't be done. `message` is one sentence, `hint` what to do next. */
export class RunError extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'RunError';
  }

  static is(error: unknown): error is RunError {
    return error instanceof Error && error.name === 'RunError';
  }
}

/** The user cancelled; what was reached so far is kept. */
export class CancelledError extends Error {
  constructor() {
    super('Cancelled.');
    this.name = 'CancelledError';
  }

  static is(error: unknown): error is CancelledError {
    return error instanceof Error && (error.name === 'CancelledError' || error.name === 'AbortError');
  }
}
