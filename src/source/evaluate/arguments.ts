import type { Expression } from '../syntax/ast';
import type { Scope } from '../values/scope';
import { Dict, noKeywords, Unknown, type Arguments, type Value } from '../values/values';
import type { Machine } from './machine';
import { found } from './missing';

/** Arguments of a call; unknown only when what `*` unpacks is. */
export function evaluateArguments(
  machine: Machine,
  nodes: (Expression & { kind: 'call' })['args'],
  scope: Scope,
): Arguments | Unknown {
  const positional: Value[] = [];
  let keywords: Map<string, Value> | undefined;
  for (let at = 0; at < nodes.length; at++) {
    const { keyword, value } = nodes[at];
    const evaluated = found(machine, machine.evaluate(value, scope), value);
    if (keyword === undefined) positional.push(evaluated);
    else if (keyword === '*') {
      const items = machine.items(evaluated);
      if (items instanceof Unknown) return items;
      for (const item of items) positional.push(item);
    } else if (keyword === '**') {
      if (evaluated instanceof Dict)
        for (const entry of evaluated.entries.values()) (keywords ??= new Map()).set(String(entry.key), entry.value);
    } else (keywords ??= new Map()).set(keyword, evaluated);
  }
  return { positional, keywords: keywords ?? noKeywords };
}
