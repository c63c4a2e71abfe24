import type { Span } from '../syntax/ast';
import { Unknown, type Value } from '../values/values';
import type { Machine } from './machine';

/** A value that is used; what comes from a module that was not found is told here, and not again for what is done with it. */
export function found(machine: Machine, value: Value, place: Span): Value {
  if (!(value instanceof Unknown && value.missing)) return value;
  machine.miss(place, value.reason);
  return new Unknown(value.reason);
}
