/** A model file that can't be read or written. The message is one sentence for the user; `hint` says what to do next. */
export class ModelFileError extends Error {
  constructor(
    message: string,
    readonly hint: string,
    /** Position in the file, where one is known. */
    readonly byteOffset?: number,
  ) {
    super(message);
    this.name = 'ModelFileError';
  }

  static is(error: unknown): error is ModelFileError {
    return error instanceof Error && error.name === 'ModelFileError';
  }
}
