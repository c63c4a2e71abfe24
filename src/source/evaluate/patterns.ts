import { isInstance } from '../library/types';
import type { Pattern, Span } from '../syntax/ast';
import type { Scope } from '../values/scope';
import { ClassValue, Dict, List, Tuple, type Value } from '../values/values';
import type { Machine } from './machine';
import { compare } from './operators';

/** Whether a value is as the pattern of a `case` says; names that it captures are set. What is unknown does not fit. */
export function fits(machine: Machine, pattern: Pattern, subject: Value, scope: Scope, span: Span): boolean {
  const inner = (part: Pattern, value: Value): boolean => fits(machine, part, value, scope, span);
  switch (pattern.kind) {
    case 'value':
      return compare(machine, '==', subject, machine.evaluate(pattern.value, scope), span) === true;
    case 'capture':
    case 'star':
      if (pattern.name !== '_') scope.set(pattern.name, subject);
      return true;
    case 'or':
      return pattern.of.some((part) => inner(part, subject));
    case 'as':
      if (!inner(pattern.of, subject)) return false;
      scope.set(pattern.name, subject);
      return true;
    case 'sequence':
      return (subject instanceof List || subject instanceof Tuple) && inOrder(pattern.items, subject.items, inner);
    case 'mapping':
      return (
        subject instanceof Dict &&
        pattern.items.every(({ key, value }) => {
          if (key.kind !== 'value') return key.kind === 'star';
          const found = subject.get(machine.evaluate(key.value, scope));
          return found !== undefined && inner(value, found);
        })
      );
    case 'class': {
      const cls = machine.evaluate(pattern.cls, scope);
      if (!(cls instanceof ClassValue) || isInstance(subject, cls) !== true) return false;
      return pattern.parts.every(({ name, pattern: part }, at) => {
        const field = name ?? cls.dataclass?.[at]?.name;
        // `int(x)` captures the number itself.
        const value = field === undefined ? subject : machine.attribute(subject, field);
        return value !== undefined && inner(part, value);
      });
    }
    case 'unread':
      return false;
  }
}

/** Items against patterns of which one may take any number. */
function inOrder(
  patterns: readonly Pattern[],
  items: readonly Value[],
  inner: (part: Pattern, value: Value) => boolean,
): boolean {
  const star = patterns.findIndex(({ kind }) => kind === 'star');
  if (star < 0) return patterns.length === items.length && patterns.every((part, at) => inner(part, items[at]));
  const behind = patterns.length - star - 1;
  if (items.length < star + behind) return false;
  const end = items.length - behind;
  return (
    patterns.slice(0, star).every((part, at) => inner(part, items[at])) &&
    inner(patterns[star], new List(items.slice(star, end))) &&
    patterns.slice(star + 1).every((part, at) => inner(part, items[end + at]))
  );
}
