/** Code can't be rewritten in the way asked for without changing what it means. `hint` says what can be done instead. */
export class RewriteError extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'RewriteError';
  }

  static is(error: unknown): error is RewriteError {
    return error instanceof Error && error.name === 'RewriteError';
  }
}
