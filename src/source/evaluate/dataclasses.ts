import type { ClassNode } from '../syntax/ast';
import type { Scope } from '../values/scope';
import type { ClassValue } from '../values/values';
import { Dict, Float, Instance, Native, Tuple, Unknown, type Arguments, type Value } from '../values/values';
import type { Machine } from './machine';
import { Raised } from './raised';

interface Field {
  readonly name: string;
  readonly default?: Value;
}

/** A default that is made anew for each object (`field(default_factory=list)`). */
export class DefaultFactory {
  constructor(readonly factory: Value) {}
}

/** Gives dataclasses, named tuples and enums the constructors that Python would write for them. */
export function makeDataclass(
  machine: Machine,
  created: ClassValue,
  node: ClassNode,
  own: readonly Field[],
  scope: Scope,
): void {
  const names = node.decorators.map((decorator) => {
    const head = decorator.kind === 'call' ? decorator.callee : decorator;
    return head.kind === 'name' ? head.name : head.kind === 'attribute' ? head.name : '';
  });
  if (names.some((name) => name === 'dataclass' || name === 'define' || name === 's')) {
    const inherited = created.bases.flatMap((base) => base.dataclass ?? []);
    const fields = [...inherited.filter(({ name }) => !own.some((field) => field.name === name)), ...own];
    created.dataclass = fields;
    created.attributes_.set('__dataclass_fields__', new Tuple(fields.map(({ name }) => name)));
    for (const { name, default: value } of own)
      if (value instanceof Instance && value.state instanceof DefaultFactory) created.attributes_.delete(name);
    if (!created.attributes_.has('__init__'))
      created.attributes_.set('__init__', initializer(machine, created, fields));
  } else if (created.mro.some(({ name }) => name === 'NamedTuple') && own.length > 0) {
    created.dataclass = own;
    created.attributes_.set('_fields', new Tuple(own.map(({ name }) => name)));
  } else if (created.mro.some(({ name }) => name === 'Enum')) makeMembers(created);
  void scope;
}

function initializer(machine: Machine, created: ClassValue, fields: readonly Field[]): Native {
  return new Native(
    '__init__',
    ({ positional: [self, ...positional], keywords }) => {
      if (!(self instanceof Instance || self instanceof Dict)) return null;
      const values = matchFields(machine, created.name, fields, { positional, keywords });
      if (self instanceof Dict) self.attributes ??= new Map();
      fields.forEach(({ name }, at) => self.attributes?.set(name, values[at]));
      const after = created.lookup('__post_init__');
      if (after !== undefined) machine.callWith(after, self);
      return null;
    },
    true,
  );
}

/** Fields of a named tuple; `Point.__new__.__defaults__ = (0, 0)` gives the last ones defaults. */
export function namedFields(cls: ClassValue): readonly Field[] {
  const fields = cls.dataclass ?? [];
  const make = cls.lookup('__new__');
  const defaults = make instanceof Native ? make.attributes?.get('__defaults__') : undefined;
  if (!(defaults instanceof Tuple)) return fields;
  const { items } = defaults;
  return fields.map(({ name }, at) => ({ name, default: items[at - (fields.length - items.length)] }));
}

/** Values of fields in their order; throws TypeError for a missing or surplus one. */
export function matchFields(machine: Machine, name: string, fields: readonly Field[], args: Arguments): Value[] {
  if (args.positional.length > fields.length) throw new Raised('TypeError', `${name}() has too many arguments`);
  for (const key of args.keywords.keys())
    if (!fields.some((field) => field.name === key)) throw new Raised('TypeError', `${name}() has no argument ${key}`);
  return fields.map((field, at) => {
    if (at < args.positional.length) return args.positional[at];
    const given = args.keywords.get(field.name);
    if (given !== undefined) return given;
    if (field.default === undefined) throw new Raised('TypeError', `${name}() needs ${field.name}`);
    const { default: value } = field;
    return value instanceof Instance && value.state instanceof DefaultFactory
      ? machine.callWith(value.state.factory)
      : value;
  });
}

function makeMembers(created: ClassValue): void {
  let next = 1;
  for (const [name, value] of created.attributes_) {
    const plain = value === null || ['string', 'number', 'boolean'].includes(typeof value) || value instanceof Float;
    if (
      name.startsWith('_') ||
      (value instanceof Instance && value.cls === created) ||
      !(plain || value instanceof Tuple || value instanceof Instance || value instanceof Unknown)
    )
      continue;
    const automatic = value instanceof Instance && value.state === 'auto';
    created.attributes_.set(name, memberOf(created, name, automatic ? next++ : value));
  }
}

export function memberOf(created: ClassValue, name: string, value: Value): Value {
  if (value instanceof Instance && value.cls === created) return value;
  const member = new Instance(created);
  member.attributes.set('name', name);
  member.attributes.set('value', value);
  return member;
}
