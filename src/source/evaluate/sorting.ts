import type { Arguments, Value } from '../values/values';
import type { Machine } from './machine';
import { ordering, truth } from './operators';

/** `sorted(items, key=..., reverse=...)`: stable; values without an order stay where they are. */
export function sortValues(machine: Machine, items: readonly Value[], { keywords }: Arguments): Value[] {
  const key = keywords.get('key') ?? null;
  const keyed = items.map((item) => ({ item, by: key === null ? item : machine.callWith(key, item) }));
  const reverse = truth(machine, keywords.get('reverse') ?? false) === true;
  keyed.sort((a, b) => (reverse ? (ordering(b.by, a.by) ?? 0) : (ordering(a.by, b.by) ?? 0)));
  return keyed.map(({ item }) => item);
}
