import type { Value } from '../values/values';

/** A Python exception under way. */
export class Raised {
  /** Set by a `raise` until the function it stands in has been left. */
  leaving = false;
  constructor(
    readonly type: string,
    readonly message: string,
    readonly value?: unknown,
  ) {}
  get reason(): string {
    return this.message === '' ? this.type : `${this.type}: ${this.message}`;
  }
}

/** Evaluation took too many steps or went too deep. */
export class GaveUp {
  constructor(readonly reason: string) {}
}

/** What `contextlib.suppress(...)` keeps. */
export class Suppressed {
  constructor(readonly types: readonly Value[]) {}
}
