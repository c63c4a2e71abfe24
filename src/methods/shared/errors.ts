/** A layer can't be changed in the way asked for. The message is one sentence for the user; `hint` says what to do next. */
export class MethodError extends Error {
  constructor(
    message: string,
    readonly hint: string,
    /** Name of the layer. */
    readonly layer: string,
  ) {
    super(message);
    this.name = 'MethodError';
  }

  static is(error: unknown): error is MethodError {
    return error instanceof Error && error.name === 'MethodError';
  }
}
