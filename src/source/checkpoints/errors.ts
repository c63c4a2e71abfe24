/** A checkpoint that can't be read or written. The message is one sentence for the user; `hint` says what to do next. */
export class CheckpointError extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'CheckpointError';
  }

  static is(error: unknown): error is CheckpointError {
    return error instanceof Error && error.name === 'CheckpointError';
  }
}

/** The error of a file whose bytes contradict themselves or end too early. */
export function damaged(what: string): CheckpointError {
  return new CheckpointError(
    `The checkpoint is damaged: ${what}.`,
    'It may have been cut short; save or copy it again.',
  );
}
