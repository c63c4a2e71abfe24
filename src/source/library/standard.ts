import { binary, numeric } from '../evaluate/operators';
import { DefaultFactory } from '../evaluate/dataclasses';
import type { Machine } from '../evaluate/machine';
import { Raised } from '../evaluate/raised';
import { cloned } from '../torch/clone';
import { einops, einopsLayers } from '../torch/einops';
import { tensorFunction } from '../torch/functions/table';
import {
  ClassValue,
  Dict,
  Float,
  Instance,
  Iterator_,
  List,
  Native,
  Tuple,
  Unknown,
  type Arguments,
  type Value,
} from '../values/values';
import { builtins, makeDict } from './builtins';
import { contexts } from './contexts';
import { operator } from './operator';
import { regular } from './regular';
import { interpreterTypes, os } from './system';
import * as types from './types';

type Table = Record<string, Value>;

function native(name: string, call: (args: Arguments, machine: Machine) => Value): Native {
  return new Native(name, call);
}

function ofItems(name: string, use: (items: readonly Value[], args: Arguments, machine: Machine) => Value): Native {
  return native(name, (args, machine) => {
    const items = machine.items(args.positional[0]);
    return items instanceof Unknown ? items : use(items, args, machine);
  });
}

/** A function of numbers that gives a float. */
function real(name: string, compute: (...numbers: number[]) => number, whole = false): [string, Native] {
  return [
    name,
    native(name, ({ positional }) => {
      const numbers = positional.map(numeric);
      const missing = positional.find((value) => value instanceof Unknown);
      if (missing instanceof Unknown) return missing;
      if (numbers.some((value) => value === undefined))
        return new Unknown(`math.${name} of something else than numbers`);
      const result = compute(...(numbers as number[]));
      if (Number.isNaN(result)) throw new Raised('ValueError', 'math domain error');
      return whole ? result : new Float(result);
    }),
  ];
}

function gcd(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : gcd(b, a % b);
}

const math: Table = {
  ...Object.fromEntries([
    real('sqrt', Math.sqrt),
    real('log', (value, base) => (base === undefined ? Math.log(value) : Math.log(value) / Math.log(base))),
    real('log2', Math.log2),
    real('log10', Math.log10),
    real('exp', Math.exp),
    real('pow', Math.pow),
    real('sin', Math.sin),
    real('cos', Math.cos),
    real('tan', Math.tan),
    real('tanh', Math.tanh),
    real('atan', Math.atan),
    real('atan2', Math.atan2),
    real('fabs', Math.abs),
    real('ceil', Math.ceil, true),
    real('floor', Math.floor, true),
    real('trunc', Math.trunc, true),
    real('isqrt', (value) => Math.floor(Math.sqrt(value)), true),
    real('gcd', gcd, true),
    real('lcm', (a, b) => (a * b) / gcd(a, b), true),
    real('hypot', Math.hypot),
    real('radians', (value) => (value * Math.PI) / 180),
  ]),
  pi: new Float(Math.PI),
  e: new Float(Math.E),
  inf: new Float(Infinity),
  nan: new Float(NaN),
  prod: ofItems('prod', (items, _, machine) =>
    items.reduce((product, item) => binary(machine, '*', product, item, { from: 0, to: 0 }), 1),
  ),
};

const nothing = native('nothing', () => null);
const first = native('first', ({ positional: [value = null] }) => value);

/** `partial(f, *args, **keywords)`. */
const partial = new ClassValue('partial', [types.objectType]);
partial.construct = ({ positional: [callee, ...before], keywords }) => {
  const bound = native('partial', (args, machine) =>
    machine.call(callee, {
      positional: [...before, ...args.positional],
      keywords: new Map([...keywords, ...args.keywords]),
    }),
  );
  bound.attributes = new Map<string, Value>([
    ['func', callee],
    ['args', new Tuple(before)],
    ['keywords', Dict.of(keywords)],
  ]);
  bound.cls = partial;
  return bound;
};
partial.harmless = true;

const functools: Table = {
  partial,
  partialmethod: partial,
  reduce: native('reduce', ({ positional: [use, iterable, start] }, machine) => {
    const items = machine.items(iterable);
    if (items instanceof Unknown) return items;
    const all = start === undefined ? items : [start, ...items];
    return all.slice(1).reduce((result, item) => machine.callWith(use, result, item), all[0] ?? null);
  }),
  wraps: native('wraps', () => first),
  lru_cache: native('lru_cache', ({ positional: [value] }) => value ?? first),
  cache: first,
  total_ordering: first,
};

const namedtuple = native('namedtuple', ({ positional: [name, fields], keywords }, machine) => {
  const items = typeof fields === 'string' ? fields.split(/[\s,]+/) : machine.items(fields);
  if (items instanceof Unknown) return items;
  const cls = new ClassValue(typeof name === 'string' ? name : 'namedtuple', [types.namedTupleType]);
  const defaults = machine.items(keywords.get('defaults') ?? new Tuple([]));
  const known = defaults instanceof Unknown ? [] : defaults;
  cls.dataclass = items.map((field, at) => ({
    name: String(field),
    default: known[at - (items.length - known.length)],
  }));
  cls.attributes_.set('_fields', new Tuple(items));
  const make = native('__new__', () => new Unknown('__new__ of a named tuple'));
  make.attributes = new Map();
  cls.attributes_.set('__new__', make);
  return cls;
});

types.orderedDictType.construct = (args, machine) => makeDict(machine, args);

const collections: Table = {
  OrderedDict: types.orderedDictType,
  defaultdict: native('defaultdict', ({ positional: [factory = null, ...rest], keywords }, machine) => {
    const dict = makeDict(machine, { positional: rest, keywords });
    if (dict instanceof Dict && factory !== null) dict.missing = factory;
    return dict;
  }),
  namedtuple,
  deque: ofItems('deque', (items) => new List([...items])),
  Counter: native('Counter', (args, machine) => makeDict(machine, args)),
};

const abstractTypes: Table = {
  Sequence: types.sequenceType,
  Iterable: types.iterableType,
  Mapping: types.mappingType,
  MutableMapping: types.mappingType,
  Callable: types.callableType,
};

const plainTypes =
  'Any Optional Union List Dict Tuple Set FrozenSet Type Iterator Generator Literal Final ClassVar Generic Protocol Text ' +
  'AnyStr NoReturn Deque DefaultDict OrderedDict MutableSequence Collection Sized Hashable TypedDict Annotated Self';

const typing: Table = {
  ...Object.fromEntries(plainTypes.split(' ').map((name) => [name, new ClassValue(name, [types.objectType])])),
  ...abstractTypes,
  NamedTuple: types.namedTupleType,
  cast: native('cast', ({ positional: [, value] }) => value),
  TypeVar: nothing,
  NewType: native('NewType', () => first),
  overload: first,
  TYPE_CHECKING: false,
  runtime_checkable: first,
  get_type_hints: native('get_type_hints', () => new Dict()),
};

const field = native('field', ({ keywords }) => {
  const value = keywords.get('default');
  if (value !== undefined) return value;
  const factory = keywords.get('default_factory');
  if (factory === undefined) return new Unknown('a field without a value');
  const marker = new Instance(types.objectType);
  marker.state = new DefaultFactory(factory);
  return marker;
});

/** Names of the fields of a dataclass, or of an object of one. */
function fieldsOf(object: Value): string[] {
  const cls = object instanceof Instance || object instanceof Dict ? object.cls : object;
  if (!(cls instanceof ClassValue)) return [];
  cls.fill();
  return (cls.dataclass ?? []).map(({ name }) => name);
}

const fieldType = new ClassValue('Field', [types.objectType]);

const dataclasses: Table = {
  dataclass: first,
  field,
  asdict: native('asdict', ({ positional: [object] }) =>
    object instanceof Instance
      ? Dict.of(fieldsOf(object).map((name) => [name, object.attributes.get(name) ?? null]))
      : new Unknown('not a dataclass'),
  ),
  replace: native('replace', ({ positional: [object], keywords }) => {
    if (!(object instanceof Instance)) return object;
    const copy = new Instance(object.cls, object.madeAt);
    for (const [name, value] of object.attributes) copy.attributes.set(name, value);
    for (const [name, value] of keywords) copy.attributes.set(name, value);
    return copy;
  }),
  fields: native(
    'fields',
    ({ positional: [object] }) =>
      new Tuple(
        fieldsOf(object).map((name) => {
          const field = new Instance(fieldType);
          field.attributes.set('name', name);
          return field;
        }),
      ),
  ),
};

const maximumCount = 2000;

const itertools: Table = {
  chain: chain(),
  count: native('count', ({ positional: [start = 0, step = 1] }) => {
    const from = numeric(start) ?? 0;
    const by = numeric(step) ?? 1;
    return new Iterator_(Array.from({ length: maximumCount }, (_, at) => from + at * by));
  }),
  repeat: native(
    'repeat',
    ({ positional: [value, times] }) => new Iterator_(Array<Value>(numeric(times ?? maximumCount) ?? 0).fill(value)),
  ),
  cycle: ofItems(
    'cycle',
    (items) => new Iterator_(Array.from({ length: maximumCount }, (_, at) => items[at % items.length])),
  ),
  product: native('product', ({ positional, keywords }, machine) => {
    const repeat = numeric(keywords.get('repeat') ?? 1) ?? 1;
    const lists = positional.map((value) => machine.items(value));
    let rows: Value[][] = [[]];
    for (let time = 0; time < repeat; time++)
      for (const list of lists) {
        if (list instanceof Unknown) return list;
        rows = rows.flatMap((row) => list.map((item) => [...row, item]));
      }
    return new Iterator_(rows.map((row) => new Tuple(row)));
  }),
  accumulate: ofItems('accumulate', (items, { positional: [, use] }, machine) => {
    const sums: Value[] = [];
    for (const item of items) {
      const before = sums[sums.length - 1];
      if (before === undefined) sums.push(item);
      else if (use === undefined) sums.push(binary(machine, '+', before, item, { from: 0, to: 0 }));
      else sums.push(machine.callWith(use, before, item));
    }
    return new Iterator_(sums);
  }),
  islice: ofItems(
    'islice',
    (items, { positional: [, a, b] }) =>
      new Iterator_(
        b === undefined ? items.slice(0, numeric(a) ?? 0) : items.slice(numeric(a) ?? 0, numeric(b) ?? undefined),
      ),
  ),
  pairwise: ofItems(
    'pairwise',
    (items) => new Iterator_(items.slice(1).map((item, at) => new Tuple([items[at], item]))),
  ),
  zip_longest: native('zip_longest', ({ positional, keywords }, machine) => {
    const lists = positional.flatMap((value) => {
      const items = machine.items(value);
      return items instanceof Unknown ? [] : [items];
    });
    const longest = Math.max(0, ...lists.map((list) => list.length));
    const fill = keywords.get('fillvalue') ?? null;
    return new Iterator_(
      Array.from({ length: longest }, (_, at) => new Tuple(lists.map((list) => (at < list.length ? list[at] : fill)))),
    );
  }),
};

function chain(): Native {
  const join = (lists: readonly Value[], machine: Machine): Value => {
    const all: Value[] = [];
    for (const list of lists) {
      const items = machine.items(list);
      if (items instanceof Unknown) return items;
      all.push(...items);
    }
    return new Iterator_(all);
  };
  const made = native('chain', ({ positional }, machine) => join(positional, machine));
  made.attributes = new Map([['from_iterable', ofItems('from_iterable', (items, _, machine) => join(items, machine))]]);
  return made;
}

const auto = native('auto', () => {
  const marker = new Instance(types.objectType);
  marker.state = 'auto';
  return marker;
});

const warnings: Table = { warn: nothing, filterwarnings: nothing, simplefilter: nothing };

/** What networks use of numpy; arrays are tensors here. */
const numpy: Table = {
  ...math,
  ...Object.fromEntries(
    'arange linspace zeros ones array cumsum concatenate stack eye prod sum mean round abs maximum minimum reshape squeeze'
      .split(' ')
      .flatMap((name): [string, Value][] => {
        const use = tensorFunction(name === 'array' ? 'tensor' : name);
        return use === undefined ? [] : [[name, use]];
      }),
  ),
  expand_dims: tensorFunction('unsqueeze') ?? null,
  prod: math.prod,
  round: builtins.get('round') ?? null,
  max: builtins.get('max') ?? null,
  min: builtins.get('min') ?? null,
  int32: types.intType,
  int64: types.intType,
  float32: types.floatType,
  float64: types.floatType,
  ndarray: types.tensorType,
  newaxis: null,
};

export const standardModules: Readonly<Record<string, Table>> = {
  math,
  functools,
  operator,
  re: regular,
  contextlib: contexts,
  collections,
  'collections.abc': { ...typing, ...abstractTypes },
  typing,
  typing_extensions: typing,
  dataclasses,
  itertools,
  numbers: { Number: types.numberType, Integral: types.intType, Real: types.numberType },
  enum: {
    Enum: types.enumType,
    IntEnum: types.enumType,
    StrEnum: types.enumType,
    Flag: types.enumType,
    auto,
    unique: first,
  },
  copy: {
    copy: native('copy', ({ positional: [value] }) => cloned(value, false)),
    deepcopy: native('deepcopy', ({ positional: [value] }) => cloned(value, true)),
  },
  warnings,
  abc: { ABC: types.objectType, ABCMeta: types.typeType, abstractmethod: first, abstractproperty: first },
  types: { SimpleNamespace: namespace(), ...interpreterTypes },
  os,
  numpy,
  einops,
  'einops.layers.torch': einopsLayers,
  __future__: { annotations: null, division: null, print_function: null, absolute_import: null },
};

function namespace(): ClassValue {
  const cls = new ClassValue('SimpleNamespace', [types.objectType]);
  cls.construct = ({ keywords }) => {
    const object = new Instance(cls);
    for (const [name, value] of keywords) object.attributes.set(name, value);
    return object;
  };
  return cls;
}
