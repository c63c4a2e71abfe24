/** A checkpoint that can't be read or written. The message is one sentence for the user; `hint` says what to do next. */
export class CheckpointFileError extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'CheckpointFileError';
  }

  static is(error: unknown): error is CheckpointFileError {
    return error instanceof Error && error.name === 'CheckpointFileError';
  }
}

/** The error of a file whose bytes contradict themselves or end too early. */
export function damaged(what: string): CheckpointFileError {
  return new CheckpointFileError(
    `The checkpoint is damaged: ${what}.`,
    'It may have been cut short; save or copy it again.',
  );
}
