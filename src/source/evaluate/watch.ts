import type { Statement } from '../syntax/ast';
import type { Scope } from '../values/scope';
import {
  ClassMethod,
  ClassValue,
  Ellipsis,
  Float,
  FunctionValue,
  ModuleValue,
  Native,
  Property,
  Range,
  Slice,
  StaticMethod,
  Tuple,
  Unknown,
  type Arguments,
  type Instance,
  type Value,
} from '../values/values';
import type { RarerExpression } from './expressions';

/**
 * Looks on while code runs, to find out whether running it again could give anything else. The evaluation tells it what the code
 * does at every place where it could learn of the world around or change it; what is not known to be harmless fails the watch.
 */
export interface Watch {
  fail(): void;
  statement(statement: Statement): void;
  expression(node: RarerExpression): void;
  /** A name was looked up. */
  name(scope: Scope, name: string, value: Value): void;
  /** A value came from a class, a module or the defaults of a function. */
  outside(value: Value): void;
  /** An attribute of an object is looked up. */
  attribute(object: Instance, name: string): void;
  compared(left: Value, right: Value): void;
  /** Something of a tensor is looked up. */
  tensor(): void;
  /** An iterator is moved on. */
  iterated(): void;
  /** A function written in Python is called. */
  entered(): void;
  native(native: Native, positional: readonly Value[]): void;
  /** A modelled class makes a value. */
  constructed(cls: ClassValue): void;
}

/** Whether nothing about a value can change or tell it from an equal one. */
export function isPlain(value: Value): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (value instanceof FunctionValue || value instanceof ClassValue || value instanceof ModuleValue) return true;
  if (value instanceof Float || value instanceof Unknown || value instanceof Range) return true;
  if (value instanceof Native) return value.harmless;
  if (value instanceof Tuple) return value.items.every(isPlain);
  if (value instanceof StaticMethod || value instanceof ClassMethod) return isPlain(value.method);
  if (value instanceof Property) return isPlain(value.getter) && isPlain(value.setter ?? null);
  if (value instanceof Slice) return isPlain(value.lower) && isPlain(value.upper) && isPlain(value.step);
  return value instanceof Ellipsis;
}

/** Keys of all arguments; undefined when one has none. */
export function argumentsKey(
  { positional, keywords }: Arguments,
  keyOf: (value: Value) => string | undefined,
): string | undefined {
  let key = '';
  for (let at = 0; at < positional.length; at++) {
    const part = keyOf(positional[at]);
    if (part === undefined) return undefined;
    key += ` ${part}`;
  }
  if (keywords.size === 0) return key;
  let complete = true;
  keywords.forEach((value, name) => {
    const part = keyOf(value);
    if (part === undefined) complete = false;
    key += ` ${name}=${part}`;
  });
  return complete ? key : undefined;
}

const numbers = new WeakMap<object, number>();
let count = 0;

/** Equal for equal plain values; undefined for others. */
export function plainKey(value: Value): string | undefined {
  return keyWith(value, plainKey) ?? (isPlain(value) ? identityKey(value as object) : undefined);
}

/** The same for what means the same in every evaluation: numbers, texts and tuples of them. */
export function dataKey(value: Value): string | undefined {
  return keyWith(value, dataKey);
}

function keyWith(value: Value, keyOf: (item: Value) => string | undefined): string | undefined {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return `n${value}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (value instanceof Float) return `f${value.value}`;
  if (value instanceof Tuple && value.named === undefined) {
    const keys = value.items.map(keyOf);
    return keys.includes(undefined) ? undefined : `(${keys.join()})`;
  }
  return undefined;
}

function identityKey(value: object): string {
  return `#${identityOf(value)}`;
}

/** Another number for each object. */
export function identityOf(value: object): number {
  let number = numbers.get(value);
  if (number === undefined) numbers.set(value, (number = ++count));
  return number;
}
