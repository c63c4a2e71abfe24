/** Something the suites need can't be had on this machine: they are skipped, visibly, and `hint` says how to get it. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';

  constructor(
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
