import type { ComponentChildren, JSX } from 'preact';
import type { Failure } from './task';

interface ProblemProps {
  readonly failure: Failure;
  /** What can be done about it. */
  readonly children?: ComponentChildren;
}

/** What went wrong, what to do about it, and the buttons that do it. */
export function Problem({ failure, children }: ProblemProps): JSX.Element {
  return (
    <div class="problem-box" role="alert">
      <p class="what">{failure.message}</p>
      {failure.hint !== undefined && <p class="hint">{failure.hint}</p>}
      {children !== undefined && <div class="actions">{children}</div>}
    </div>
  );
}
