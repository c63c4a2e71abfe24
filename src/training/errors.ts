/** A training that can't be set up or can't go on. The message is one sentence for the user; `hint` says what to do next. */
export class TrainingError extends Error {
  constructor(
    message: string,
    readonly hint: string,
  ) {
    super(message);
    this.name = 'TrainingError';
  }

  static is(error: unknown): error is TrainingError {
    return error instanceof Error && error.name === 'TrainingError';
  }
}

/** The loss became infinite or not a number; the state before the run that held the step is kept. */
export class DivergedError extends TrainingError {
  constructor(
    /** Steps done before the one that failed. */
    readonly step: number,
    loss: number,
  ) {
    super(
      `Training diverged: the loss of step ${step + 1} is ${loss}.`,
      'Lower the learning rate, or start it with a warm-up.',
    );
    this.name = 'DivergedError';
  }

  static override is(error: unknown): error is DivergedError {
    return error instanceof Error && error.name === 'DivergedError';
  }
}

/** A saved state that does not belong to the training it is restored into, or a file of one that is damaged. */
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
