/** A measurement can't be made or used. The message is one sentence for the user; `hint` says what to do next. */
export class HardwareError extends Error {
  constructor(
    message: string,
    readonly hint: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
    this.name = 'HardwareError';
  }

  static is(error: unknown): error is HardwareError {
    return error instanceof Error && error.name === 'HardwareError';
  }
}
