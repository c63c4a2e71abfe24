import { CancelledError } from '../runs/errors';

/** Exit codes, as `layerwise --help` lists them. */
export const exitCode = { ok: 0, failed: 1, badInput: 2, cancelled: 130 } as const;

/** Tells the user what went wrong in one sentence and what to do next; returns the exit code. */
export function reportFailure(error: unknown, json: boolean): number {
  const cancelled = CancelledError.is(error);
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Error && 'hint' in error ? String(error.hint) : undefined;
  if (json) process.stdout.write(`${JSON.stringify({ error: message, ...(hint && { hint }) })}\n`);
  process.stderr.write(`${cancelled ? '' : 'error: '}${message}\n${hint ? `hint: ${hint}\n` : ''}`);
  // What has no hint is a flaw of ours: whoever reports it needs the place.
  if (!hint && !cancelled && error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
  return cancelled ? exitCode.cancelled : hint ? exitCode.badInput : exitCode.failed;
}
