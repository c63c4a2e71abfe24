/** The user went back to the step before. */
export const back = Symbol('back');

export interface Position {
  readonly step: number;
  readonly total: number;
}

/** Asks one thing: gives the state with the answer in it, `back`, or undefined when the user gave up. */
export type Step<S> = (state: S, position: Position) => Promise<S | typeof back | undefined>;

/**
 * Asks step by step; going back gives the state as it was then. Which steps there are may depend on the answers so far.
 * Undefined when the user gives up.
 */
export async function runSteps<S>(start: S, stepsOf: (state: S) => readonly Step<S>[]): Promise<S | undefined> {
  const states = [start];
  for (;;) {
    const state = states[states.length - 1];
    const index = states.length - 1;
    const steps = stepsOf(state);
    if (index >= steps.length) return state;
    const answer = await steps[index](state, { step: index + 1, total: steps.length });
    if (answer === undefined) return undefined;
    if (answer !== back) states.push(answer);
    else if (states.length > 1) states.pop();
  }
}
