/** Data that can't be opened or read. The message is one sentence for the user; `hint` says what to do next. */
export class DataError extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'DataError';
  }

  static is(error: unknown): error is DataError {
    return error instanceof Error && error.name === 'DataError';
  }
}
