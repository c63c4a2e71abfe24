import type { Objective, ObjectiveContext } from '../objective';

/**
 * A term that the caller writes into the graph by itself, for example the expected cost of a search: `append` returns
 * the name of a scalar float32 value.
 */
export function scalarTerm(append: (context: ObjectiveContext) => string): Objective {
  return { append };
}
