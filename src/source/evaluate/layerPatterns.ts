import { Native, type Arguments, type ClassValue, type Value, Instance } from '../values/values';
import { CopiedModules, ModulePattern } from './modulePattern';
import type { Machine } from './machine';
import { argumentsKey, dataKey } from './watch';

/** Most argument lists that are remembered of one class. */
const maximumKnown = 1000;

/** By class and arguments; undefined for what is more than its own attributes and weights. */
const known = new WeakMap<ClassValue, Map<string, ModulePattern | undefined>>();

/**
 * A layer of a framework. What it is depends on its arguments alone, and the same layers are made again and again, in one model
 * and in the next: each is a copy of the first.
 */
export function makeLayer(machine: Machine, cls: ClassValue, args: Arguments, plainly: () => Value): Value {
  const initializer = cls.lookup('__init__');
  const key = initializer instanceof Native ? argumentsKey(args, dataKey) : undefined;
  if (key === undefined) return plainly();
  let patterns = known.get(cls);
  if (patterns === undefined) known.set(cls, (patterns = new Map<string, ModulePattern | undefined>()));
  const pattern = patterns.get(key);
  if (pattern !== undefined) {
    machine.watch?.native(initializer as Native, args.positional);
    return new CopiedModules(pattern, machine.frame).module;
  }
  const layer = plainly();
  if (patterns.has(key) || !(layer instanceof Instance)) return layer;
  if (patterns.size >= maximumKnown) patterns.clear();
  patterns.set(key, ModulePattern.ofLayer(layer));
  return layer;
}
