import type { Expression } from '../syntax/ast';
import type { Scope } from '../values/scope';
import { List, Unknown, type Value } from '../values/values';
import type { Machine } from './machine';
import { Raised } from './raised';
import { setSubscript } from './subscripts';

/** Assigns a value to a target: a name, an attribute, a subscript, or a pattern of those. */
export function assign(machine: Machine, target: Expression, value: Value, scope: Scope): void {
  switch (target.kind) {
    case 'name':
      scope.set(target.name, value);
      return;
    case 'attribute': {
      const object = machine.evaluate(target.object, scope);
      if (!(object instanceof Unknown)) machine.setAttribute(object, target.name, value);
      return;
    }
    case 'subscript':
      setSubscript(machine, machine.evaluate(target.object, scope), machine.evaluate(target.index, scope), value);
      return;
    case 'tuple':
    case 'list':
      unpack(machine, target.items, value, scope);
      return;
    default:
      return;
  }
}

function unpack(machine: Machine, targets: readonly Expression[], value: Value, scope: Scope): void {
  const items = machine.items(value);
  if (items instanceof Unknown) {
    for (const target of targets) assign(machine, target.kind === 'star' ? target.value : target, items, scope);
    return;
  }
  const star = targets.findIndex(({ kind }) => kind === 'star');
  if (star < 0 ? items.length !== targets.length : items.length < targets.length - 1)
    throw new Raised('ValueError', `${items.length} values for ${targets.length} names`);
  targets.forEach((target, at) => {
    if (target.kind === 'star') {
      const rest = items.slice(at, items.length - (targets.length - 1 - at));
      assign(machine, target.value, new List([...rest]), scope);
    } else assign(machine, target, items[star >= 0 && at > star ? items.length - (targets.length - at) : at], scope);
  });
}
