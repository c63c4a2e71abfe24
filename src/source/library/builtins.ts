import { copyDict, nextOf } from '../evaluate/methods';
import { toRepresentation, toText, formatValue } from '../evaluate/format';
import type { Machine } from '../evaluate/machine';
import { binary, numeric, ordering, truth } from '../evaluate/operators';
import { Raised } from '../evaluate/raised';
import { sortValues } from '../evaluate/sorting';
import { identityOf } from '../evaluate/watch';
import { itemsOf } from '../torch/moduleTree';
import { Tensor } from '../values/tensor';
import { namesOf } from '../values/moduleNames';
import {
  ClassValue,
  Dict,
  Float,
  Instance,
  Iterator_,
  List,
  ModuleValue,
  Native,
  Property,
  PySet,
  Range,
  Slice,
  StaticMethod,
  Tuple,
  Unknown,
  type Arguments,
  type Value,
} from '../values/values';
import * as types from './types';

type Builtin = (machine: Machine, args: Arguments) => Value;

const nowhere = { from: 0, to: 0 };

/** Applies a function to the items of an iterable; unknown when they are. */
function onItems(machine: Machine, iterable: Value, use: (items: readonly Value[]) => Value): Value {
  const items = machine.items(iterable);
  return items instanceof Unknown ? items : use(items);
}

function extreme(machine: Machine, { positional, keywords }: Arguments, sign: number): Value {
  const key = keywords.get('key') ?? null;
  const choose = (items: readonly Value[]): Value => {
    if (items.length === 0) return keywords.get('default') ?? new Unknown('extreme of nothing');
    const unknown = items.find((item) => item instanceof Unknown);
    if (unknown !== undefined) return unknown;
    const by = (item: Value): Value => (key === null ? item : machine.callWith(key, item));
    let best = items[0];
    for (const item of items.slice(1)) {
      const order = ordering(by(item), by(best));
      if (order === undefined) return new Unknown('values without an order');
      if (order * sign > 0) best = item;
    }
    return best;
  };
  return positional.length === 1 ? onItems(machine, positional[0], choose) : choose(positional);
}

function length(machine: Machine, value: Value): Value {
  if (value instanceof List || value instanceof Tuple) return value.items.length;
  if (value instanceof Dict || value instanceof PySet) return value.entries.size;
  if (value instanceof Range || typeof value === 'string') return value.length;
  if (value instanceof Tensor && value.shape.length > 0)
    return Number.isNaN(value.shape[0]) ? new Unknown('a size that is not known') : value.shape[0];
  if (value instanceof Instance) {
    const method = value.cls.lookup('__len__');
    if (method !== undefined) return machine.callWith(method, value);
    if (value.cls.isModule) return itemsOf(value).length;
  }
  if (value instanceof ClassValue) return onItems(machine, value, (items) => items.length);
  return value instanceof Unknown ? value : new Unknown('length is not known');
}

/** Python rounds halves to even. */
export function roundHalfEven(value: number, digits = 0): number {
  const scale = 10 ** digits;
  const scaled = value * scale;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
  return rounded / scale;
}

function toInt(value: Value, base: Value | undefined): Value {
  const number = numeric(value);
  if (number !== undefined) return Number.isFinite(number) ? Math.trunc(number) : new Unknown('not a whole number');
  if (typeof value === 'string') {
    const parsed = parseInt(value, typeof base === 'number' ? base : 10);
    if (Number.isNaN(parsed)) throw new Raised('ValueError', `'${value}' is not a number`);
    return parsed;
  }
  if (value instanceof Tensor && value.data?.length === 1) return Math.trunc(value.data[0]);
  return value instanceof Unknown ? value : new Unknown('not a number');
}

function toFloat(value: Value): Value {
  const number = numeric(value);
  if (number !== undefined) return new Float(number);
  if (typeof value === 'string') {
    const words: Record<string, number> = { inf: Infinity, '-inf': -Infinity, nan: NaN };
    return new Float(words[value] ?? Number(value));
  }
  if (value instanceof Tensor && value.data?.length === 1) return new Float(value.data[0]);
  return value instanceof Unknown ? value : new Unknown('not a number');
}

/** Code that looks attributes up by itself may raise that there is none. */
function attributeIfAny(machine: Machine, object: Value, name: string): Value | undefined {
  machine.guarded++;
  try {
    return machine.attribute(object, name);
  } catch (error) {
    if (error instanceof Raised) return undefined;
    throw error;
  } finally {
    machine.guarded--;
  }
}

function attributeOr(machine: Machine, [object, name, fallback]: readonly Value[]): Value {
  if (typeof name !== 'string') return new Unknown('name of the attribute is unknown');
  const found = fallback === undefined ? machine.attribute(object, name) : attributeIfAny(machine, object, name);
  if (found !== undefined) return found;
  if (fallback !== undefined) return fallback;
  throw new Raised('AttributeError', `no attribute ${name}`);
}

const functions: Record<string, Builtin> = {
  len: (machine, { positional: [value] }) => length(machine, value),
  abs: (_, { positional: [value] }) => {
    const number = numeric(value);
    if (number === undefined)
      return value instanceof Tensor ? new Tensor(value.shape, value.dtype) : new Unknown('abs');
    return value instanceof Float ? new Float(Math.abs(number)) : Math.abs(number);
  },
  round: (_, { positional: [value, digits = null] }) => {
    const number = numeric(value);
    if (number === undefined) return value instanceof Unknown ? value : new Unknown('not a number');
    if (digits === null) return roundHalfEven(number);
    const rounded = roundHalfEven(number, numeric(digits) ?? 0);
    return value instanceof Float ? new Float(rounded) : rounded;
  },
  pow: (machine, { positional: [a, b] }) => binary(machine, '**', a, b, nowhere),
  divmod: (machine, { positional: [a, b] }) =>
    new Tuple([binary(machine, '//', a, b, nowhere), binary(machine, '%', a, b, nowhere)]),
  sum: (machine, { positional: [iterable, start = 0] }) =>
    onItems(machine, iterable, (items) =>
      items.reduce((total, item) => binary(machine, '+', total, item, nowhere), start),
    ),
  min: (machine, args) => extreme(machine, args, -1),
  max: (machine, args) => extreme(machine, args, 1),
  any: (machine, { positional: [iterable] }) =>
    onItems(machine, iterable, (items) => items.some((item) => truth(machine, item) === true)),
  all: (machine, { positional: [iterable] }) =>
    onItems(machine, iterable, (items) => items.every((item) => truth(machine, item) !== false)),
  sorted: (machine, args) =>
    onItems(machine, args.positional[0], (items) => new List(sortValues(machine, items, args))),
  reversed: (machine, { positional: [iterable] }) =>
    onItems(machine, iterable, (items) => new Iterator_([...items].reverse())),
  enumerate: (machine, { positional: [iterable, start], keywords }) => {
    const first = numeric(start ?? keywords.get('start') ?? 0) ?? 0;
    return onItems(machine, iterable, (items) => new Iterator_(items.map((item, at) => new Tuple([first + at, item]))));
  },
  zip: (machine, { positional }) => {
    const lists = positional.map((iterable) => machine.items(iterable));
    const unknown = lists.find((list) => list instanceof Unknown);
    if (unknown instanceof Unknown) return unknown;
    const known = lists as (readonly Value[])[];
    const shortest = known.length === 0 ? 0 : Math.min(...known.map((list) => list.length));
    return new Iterator_(Array.from({ length: shortest }, (_, at) => new Tuple(known.map((list) => list[at]))));
  },
  map: (machine, { positional: [use, ...iterables] }) => {
    const lists = iterables.map((iterable) => machine.items(iterable));
    const unknown = lists.find((list) => list instanceof Unknown);
    if (unknown instanceof Unknown) return unknown;
    const known = lists as (readonly Value[])[];
    const shortest = Math.min(...known.map((list) => list.length));
    return new Iterator_(
      Array.from({ length: shortest }, (_, at) => machine.callWith(use, ...known.map((list) => list[at]))),
    );
  },
  filter: (machine, { positional: [use, iterable] }) =>
    onItems(
      machine,
      iterable,
      (items) =>
        new Iterator_(
          items.filter((item) => truth(machine, use === null ? item : machine.callWith(use, item)) !== false),
        ),
    ),
  iter: (machine, { positional: [iterable] }) =>
    iterable instanceof Iterator_ ? iterable : onItems(machine, iterable, (items) => new Iterator_(items)),
  next: (_, { positional: [iterator, fallback] }) => {
    if (!(iterator instanceof Iterator_))
      return iterator instanceof Unknown ? iterator : new Unknown('not an iterator');
    if (iterator.at >= iterator.items.length && fallback !== undefined) return fallback;
    return nextOf(iterator);
  },
  isinstance: (_, { positional: [value, type] }) =>
    types.isInstance(value, type) ?? new Unknown('the type of an unknown value'),
  issubclass: (_, { positional: [cls, type] }) => {
    if (!(cls instanceof ClassValue)) return new Unknown('not a class');
    const candidates = type instanceof Tuple ? type.items : [type];
    return candidates.some((each) => each instanceof ClassValue && cls.isSubclassOf(each));
  },
  callable: (_, { positional: [value] }) => types.isInstance(value, types.callableType) ?? new Unknown('callable'),
  hasattr: (machine, { positional: [object, name] }) => {
    if (object instanceof Unknown) return object;
    if (typeof name !== 'string') return new Unknown('name of the attribute is unknown');
    const found = attributeIfAny(machine, object, name);
    return found instanceof Unknown ? found : found !== undefined;
  },
  getattr: (machine, { positional }) => attributeOr(machine, positional),
  setattr: (machine, { positional: [object, name, value] }) => {
    if (typeof name === 'string') machine.setAttribute(object, name, value);
    return null;
  },
  delattr: (_, { positional: [object, name] }) => {
    if (object instanceof Instance && typeof name === 'string') object.attributes.delete(name);
    return null;
  },
  vars: (machine, { positional: [object] }) => {
    if (object instanceof ModuleValue) return namesOf(object);
    return machine.attribute(object, '__dict__') ?? new Unknown('vars of this value');
  },
  dir: (_, { positional: [object] }) => {
    if (object instanceof ModuleValue) return new List([...(object.publicNames?.() ?? [])]);
    if (!(object instanceof Instance || object instanceof ClassValue)) return new Unknown('names of this value');
    const cls = object instanceof Instance ? object.cls : object;
    const own = object instanceof Instance ? [...object.attributes.keys()] : [];
    return new List([...new Set([...own, ...cls.mro.flatMap(({ attributes }) => [...attributes.keys()])])]);
  },
  repr: (machine, { positional: [value] }) => toRepresentation(machine, value),
  format: (machine, { positional: [value, spec] }) => formatValue(machine, value, typeof spec === 'string' ? spec : ''),
  id: identity,
  hash: identity,
  print: () => null,
  input: () => new Unknown('what a user types'),
  open: () => new Unknown('contents of a file'),
  chr: (_, { positional: [code] }) => String.fromCharCode(numeric(code) ?? 0),
  ord: (_, { positional: [text] }) => (typeof text === 'string' ? text.charCodeAt(0) : new Unknown('ord')),
};

const constructors: Record<string, [ClassValue, Builtin]> = {
  int: [types.intType, (_, { positional: [value = 0, base], keywords }) => toInt(value, base ?? keywords.get('base'))],
  float: [types.floatType, (_, { positional: [value = 0] }) => toFloat(value)],
  bool: [
    types.boolType,
    (machine, { positional: [value = false] }) => truth(machine, value) ?? new Unknown('truth of an unknown value'),
  ],
  str: [
    types.strType,
    (machine, { positional: [value = ''] }) => (value instanceof Unknown ? value : toText(machine, value)),
  ],
  list: [
    types.listType,
    (machine, { positional: [value] }) =>
      value === undefined ? new List([]) : onItems(machine, value, (items) => new List([...items])),
  ],
  tuple: [
    types.tupleType,
    (machine, { positional: [value] }) =>
      value === undefined ? new Tuple([]) : onItems(machine, value, (items) => new Tuple([...items])),
  ],
  set: [
    types.setType,
    (machine, { positional: [value] }) =>
      value === undefined ? new PySet() : onItems(machine, value, (items) => new PySet(items)),
  ],
  dict: [types.dictType, makeDict],
  range: [
    types.rangeType,
    (_, { positional }) => {
      const numbers = positional.map((value) => (typeof value === 'number' ? value : NaN));
      if (numbers.some(Number.isNaN)) return new Unknown('a range with unknown bounds');
      const [start, stop, step = 1] = numbers.length === 1 ? [0, numbers[0]] : numbers;
      return new Range(start, stop, step === 0 ? 1 : step);
    },
  ],
  slice: [
    types.sliceType,
    (_, { positional: [a = null, b, c = null] }) => (b === undefined ? new Slice(null, a, null) : new Slice(a, b, c)),
  ],
  type: [
    types.typeType,
    (_, { positional: [value] }) => types.typeOf(value) ?? new Unknown('the type of an unknown value'),
  ],
};

export function makeDict(machine: Machine, { positional: [source], keywords }: Arguments): Value {
  const dict = source instanceof Dict ? copyDict(source) : new Dict();
  if (source !== undefined && !(source instanceof Dict)) {
    const pairs = machine.items(source);
    if (pairs instanceof Unknown) return pairs;
    for (const pair of pairs) {
      const parts = machine.items(pair);
      if (!(parts instanceof Unknown) && parts.length === 2) dict.set(parts[0], parts[1]);
    }
  }
  for (const [key, value] of keywords) dict.set(key, value);
  return dict;
}

/** A number of the object's own. Another object has another, so that nothing of it can be repeated. */
function identity(machine: Machine, { positional: [value] }: Arguments): Value {
  machine.watch?.fail();
  if (typeof value !== 'object' || value === null) return new Unknown('the identity of a plain value');
  return identityOf(value);
}

const exceptionClasses = new Map<string, ClassValue>();
const exceptions = (
  'ValueError TypeError KeyError IndexError AttributeError NotImplementedError RuntimeError ImportError ' +
  'ModuleNotFoundError NameError AssertionError StopIteration ZeroDivisionError OSError FileNotFoundError Warning ' +
  'DeprecationWarning FutureWarning UserWarning KeyboardInterrupt OverflowError ArithmeticError LookupError'
).split(' ');

function makeBuiltins(): Map<string, Value> {
  const builtins = new Map<string, Value>();
  for (const [name, use] of Object.entries(functions)) {
    const native = new Native(name, (args, machine) => use(machine, args));
    native.harmless = true;
    if (name === 'isinstance') native.sees = 'types';
    builtins.set(name, native);
  }
  for (const [name, [type, make]] of Object.entries(constructors)) {
    type.construct = (args, machine) => make(machine, args);
    type.harmless = true;
    builtins.set(name, type);
  }
  builtins.set('frozenset', types.setType);
  builtins.set('object', types.objectType);
  builtins.set('Exception', types.exceptionType);
  for (const name of exceptions) builtins.set(name, exceptionClass(name));
  builtins.set('NotImplemented', null);
  builtins.set('__name__', '__layerwise__');
  builtins.set('__file__', new Unknown('path of the file'));
  builtins.set('__debug__', true);
  builtins.set('__doc__', null);
  builtins.set('property', new Native('property', ({ positional: [getter, setter] }) => new Property(getter, setter)));
  builtins.set('staticmethod', new Native('staticmethod', ({ positional: [method] }) => new StaticMethod(method)));
  return builtins;
}

function exceptionClass(name: string): ClassValue {
  let cls = exceptionClasses.get(name);
  if (cls === undefined) {
    const base = name === 'ModuleNotFoundError' ? exceptionClass('ImportError') : types.exceptionType;
    exceptionClasses.set(name, (cls = new ClassValue(name, [base])));
  }
  return cls;
}

/** Names that Python has by itself. */
export const builtins: ReadonlyMap<string, Value> = makeBuiltins();
