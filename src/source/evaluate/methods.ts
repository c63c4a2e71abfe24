import {
  Dict,
  Float,
  Iterator_,
  List,
  Native,
  PySet,
  Range,
  Tuple,
  Unknown,
  hashOf,
  type Arguments,
  type Value,
} from '../values/values';
import type { Machine } from './machine';
import { equal } from './operators';
import { Raised } from './raised';
import { sortValues } from './sorting';
import { stringMethods } from './stringMethods';

type Method<T> = (self: T, args: Arguments, machine: Machine) => Value;

const unknownItems = (items: readonly Value[] | Unknown): items is Unknown => items instanceof Unknown;

const listMethods: Record<string, Method<List>> = {
  append: (list, { positional: [item] }) => {
    list.items.push(item);
    return null;
  },
  extend: (list, { positional: [more] }, machine) => {
    const items = machine.items(more);
    if (unknownItems(items)) list.items.push(items);
    else list.items.push(...items);
    return null;
  },
  insert: (list, { positional: [at, item] }) => {
    list.items.splice(typeof at === 'number' ? at : list.items.length, 0, item);
    return null;
  },
  pop: (list, { positional: [at = -1] }) => {
    if (list.items.length === 0) throw new Raised('IndexError', 'pop from an empty list');
    const place = typeof at === 'number' && at < 0 ? at + list.items.length : Number(at);
    return list.items.splice(place, 1)[0];
  },
  remove: (list, { positional: [item] }, machine) => {
    const at = list.items.findIndex((each) => equal(machine, each, item));
    if (at >= 0) list.items.splice(at, 1);
    return null;
  },
  clear: (list) => {
    list.items = [];
    return null;
  },
  reverse: (list) => {
    list.items.reverse();
    return null;
  },
  copy: (list) => new List([...list.items]),
  index: (list, { positional: [item] }, machine) => indexOf(list.items, item, machine),
  count: (list, { positional: [item] }, machine) => list.items.filter((each) => equal(machine, each, item)).length,
  sort: (list, args, machine) => {
    list.items = sortValues(machine, list.items, args);
    return null;
  },
};

function indexOf(items: readonly Value[], item: Value, machine: Machine): number {
  const at = items.findIndex((each) => equal(machine, each, item));
  if (at < 0) throw new Raised('ValueError', 'not in the list');
  return at;
}

const tupleMethods: Record<string, Method<Tuple>> = {
  index: (tuple, { positional: [item] }, machine) => indexOf(tuple.items, item, machine),
  count: (tuple, { positional: [item] }, machine) => tuple.items.filter((each) => equal(machine, each, item)).length,
  // torch.Size
  numel: (tuple) => tuple.items.reduce<number>((product, size) => product * (typeof size === 'number' ? size : NaN), 1),
  _asdict: (tuple) => Dict.of((tuple.named?.dataclass ?? []).map(({ name }, at) => [name, tuple.items[at]])),
  _replace: (tuple, { keywords }) =>
    new Tuple(
      (tuple.named?.dataclass ?? []).map(({ name }, at) => keywords.get(name) ?? tuple.items[at]),
      tuple.named,
    ),
};

const dictMethods: Record<string, Method<Dict>> = {
  keys: (dict) => new List(dict.keys()),
  values: (dict) => new List(dict.values()),
  items: (dict) => new List([...dict.entries.values()].map(({ key, value }) => new Tuple([key, value]))),
  get: (dict, { positional: [key, fallback], keywords }, machine) => {
    const found = dict.get(key) ?? (!dict.keywords && machine.importer.register() ? dict.get(key) : undefined);
    return found !== undefined ? found : (fallback ?? keywords.get('default') ?? null);
  },
  pop: (dict, { positional: [key, fallback] }) => {
    const found = dict.get(key);
    if (found === undefined) {
      if (fallback === undefined) throw new Raised('KeyError', String(key));
      return fallback;
    }
    dict.delete(key);
    return found;
  },
  popitem: (dict) => {
    const key = dict.keys().pop();
    if (key === undefined) throw new Raised('KeyError', 'empty');
    const value = dict.get(key) ?? null;
    dict.delete(key);
    return new Tuple([key, value]);
  },
  setdefault: (dict, { positional: [key, fallback = null] }) => {
    const found = dict.get(key);
    if (found !== undefined) return found;
    dict.set(key, fallback);
    return fallback;
  },
  update: (dict, { positional: [more], keywords }, machine) => {
    if (more instanceof Dict) for (const { key, value } of more.entries.values()) dict.set(key, value);
    else if (more !== undefined) {
      const pairs = machine.items(more);
      if (!unknownItems(pairs))
        for (const pair of pairs) {
          const parts = machine.items(pair);
          if (!unknownItems(parts) && parts.length === 2) dict.set(parts[0], parts[1]);
        }
    }
    for (const [key, value] of keywords) dict.set(key, value);
    return null;
  },
  copy: (dict) => copyDict(dict),
  clear: (dict) => {
    for (const key of dict.keys()) dict.delete(key);
    return null;
  },
  move_to_end: () => null,
  __init__: (dict, args, machine) => dictMethods.update(dict, args, machine),
  __getitem__: (dict, { positional: [key] }) => itemOf(dict, key),
  __setitem__: (dict, { positional: [key, value] }) => {
    dict.set(key, value);
    return null;
  },
  __delitem__: (dict, { positional: [key] }) => {
    dict.delete(key);
    return null;
  },
  __contains__: (dict, { positional: [key] }) => dict.has(key),
  __len__: (dict) => dict.entries.size,
};

function itemOf(dict: Dict, key: Value): Value {
  const found = dict.get(key);
  if (found === undefined) throw new Raised('KeyError', String(key instanceof Float ? key.value : key));
  return found;
}

export function copyDict(dict: Dict): Dict {
  const copy = Dict.of([...dict.entries.values()].map(({ key, value }) => [key, value]));
  copy.missing = dict.missing;
  return copy;
}

const setMethods: Record<string, Method<PySet>> = {
  add: (set, { positional: [item] }) => {
    set.entries.set(hashOf(item), item);
    return null;
  },
  discard: (set, { positional: [item] }) => {
    set.entries.delete(hashOf(item));
    return null;
  },
  update: (set, { positional }, machine) => {
    for (const more of positional) {
      const items = machine.items(more);
      if (!unknownItems(items)) for (const item of items) set.entries.set(hashOf(item), item);
    }
    return null;
  },
  copy: (set) => new PySet(set.entries.values()),
  union: (set, { positional }, machine) => {
    const all = [...set.entries.values()];
    for (const more of positional) {
      const items = machine.items(more);
      if (!unknownItems(items)) all.push(...items);
    }
    return new PySet(all);
  },
  issubset: (set, { positional: [other] }, machine) => {
    const items = machine.items(other);
    if (unknownItems(items)) return items;
    const hashes = new Set(items.map(hashOf));
    return [...set.entries.keys()].every((hash) => hashes.has(hash));
  },
};
setMethods.remove = setMethods.discard;

const floatMethods: Record<string, Method<Float>> = {
  is_integer: ({ value }) => Number.isInteger(value),
};

const iteratorMethods: Record<string, Method<Iterator_>> = {
  __next__: (iterator) => nextOf(iterator),
};

/** The next item of an iterator; throws StopIteration at its end. */
export function nextOf(iterator: Iterator_): Value {
  if (iterator.at >= iterator.items.length) throw new Raised('StopIteration', '');
  return iterator.items[iterator.at++];
}

function tableOf(value: Value): Record<string, Method<never>> | undefined {
  if (typeof value === 'string') return stringMethods;
  if (value instanceof List) return listMethods;
  if (value instanceof Tuple) return tupleMethods;
  if (value instanceof Dict) return dictMethods;
  if (value instanceof PySet) return setMethods;
  if (value instanceof Float) return floatMethods;
  if (value instanceof Iterator_) return iteratorMethods;
  return undefined;
}

/** A method of a built-in value. */
export function methodOf(machine: Machine, object: Value, name: string): Value | undefined {
  const table = tableOf(object);
  if (table === undefined || !Object.hasOwn(table, name)) {
    if (object instanceof Range && ['start', 'stop', 'step'].includes(name))
      return object[name as 'start' | 'stop' | 'step'];
    if (typeof object === 'number' || typeof object === 'boolean')
      return name === 'real'
        ? Number(object)
        : name === 'bit_length'
          ? constant(Math.floor(Math.log2(Number(object))) + 1)
          : undefined;
    return undefined;
  }
  const method = table[name] as Method<Value>;
  return new Native(name, (args) => method(object, args, machine));
}

function constant(value: Value): Native {
  return new Native('constant', () => value);
}

/** A method read from a built-in type: `dict.fromkeys`, `str.join`, `list.append`. */
export function typeMethodOf(machine: Machine, type: string, name: string): Value | undefined {
  if (type === 'dict' && name === 'fromkeys')
    return new Native(name, ({ positional: [keys, value = null] }) => {
      const items = machine.items(keys);
      return unknownItems(items) ? items : Dict.of(items.map((key) => [key, value]));
    });
  const tables: Record<string, Record<string, Method<never>>> = {
    str: stringMethods,
    list: listMethods,
    dict: dictMethods,
    set: setMethods,
  };
  const method = Object.hasOwn(tables, type) ? tables[type][name] : undefined;
  if (method === undefined) return undefined;
  return new Native(
    name,
    ({ positional: [self, ...positional], keywords }) =>
      (method as Method<Value>)(self, { positional, keywords }, machine),
    true,
  );
}
