import type { Parameter } from '../syntax/ast';
import { Scope } from '../values/scope';
import {
  BoundMethod,
  ClassValue,
  Dict,
  FunctionValue,
  Instance,
  Iterator_,
  ModuleValue,
  Native,
  StaticMethod,
  Tuple,
  Unknown,
  type Arguments,
  type Value,
} from '../values/values';
import { matchFields, namedFields } from './dataclasses';
import type { Machine } from './machine';
import { Raised } from './raised';

export function callValue(machine: Machine, callee: Value, args: Arguments): Value {
  if (callee instanceof FunctionValue) return callFunction(machine, callee, args);
  if (callee instanceof BoundMethod) return callFunction(machine, callee.method, withFirst(callee.receiver, args));
  if (callee instanceof Native) {
    machine.watch?.native(callee, args.positional);
    const result = callee.call(args, machine);
    return machine.traces ? machine.trace.note(result, [...args.positional, ...args.keywords.values()]) : result;
  }
  if (callee instanceof ClassValue)
    return callee.isModule ? makeModule(machine, callee, args) : instantiate(machine, callee, args);
  if (callee instanceof Unknown) return callee;
  if (callee instanceof Instance) {
    const method = callee.cls.lookup('__call__');
    if (method !== undefined) return callFunction(machine, method, withFirst(callee, args));
    if (callee.cls.openBase !== undefined) return callee.cls.openBase;
  }
  if (callee instanceof StaticMethod) return callValue(machine, callee.method, args);
  const what = callee instanceof ModuleValue ? `module ${callee.name}` : 'this value';
  throw new Raised('TypeError', `${what} cannot be called`);
}

/** Arguments behind one more. */
export function withFirst(first: Value, { positional, keywords }: Arguments): Arguments {
  const all = [first];
  for (let at = 0; at < positional.length; at++) all.push(positional[at]);
  return { positional: all, keywords };
}

export function callFunction(machine: Machine, method: Value, args: Arguments): Value {
  if (!(method instanceof FunctionValue)) return callValue(machine, method, args);
  machine.watch?.entered();
  const { node } = method;
  const { chunk } = machine;
  const scope = new Scope(
    method.scope.globals,
    method.scope,
    'function',
    method.owner === undefined || args.positional.length === 0
      ? undefined
      : { owner: method.owner, receiver: args.positional[0] },
  );
  bindParameters(machine, method, args, scope);
  machine.chunk = node.chunk;
  try {
    if (node.kind === 'lambda') return machine.evaluate(node.body, scope);
    const generator = node.isGenerator();
    if (generator) scope.yielded = [];
    const completion = machine.execute(node.body(), scope);
    if (scope.yielded !== undefined) return new Iterator_(scope.yielded);
    const value = typeof completion === 'object' ? completion.value : null;
    if (value instanceof Instance && value.cls.isModule)
      machine.returned.push({ chunk: node.chunk, from: node.from, module: value, frame: machine.frame });
    return value;
  } catch (error) {
    if (error instanceof Raised) error.leaving = false;
    throw error;
  } finally {
    machine.chunk = chunk;
  }
}

function bindParameters(machine: Machine, method: FunctionValue, args: Arguments, scope: Scope): void {
  const { parameters, defaults } = method;
  const { positional, keywords } = args;
  let position = 0;
  let used = 0;
  let rest: Dict | undefined;
  for (let at = 0; at < parameters.length; at++) {
    const { name, star, keywordOnly } = parameters[at];
    if (star === '*') {
      scope.names.set(name, new Tuple(positional.slice(position)));
      position = positional.length;
    } else if (star === '**') {
      rest = new Dict();
      rest.keywords = true;
      scope.names.set(name, rest);
    } else if (!keywordOnly && position < positional.length) scope.names.set(name, positional[position++]);
    else {
      const given = keywords.get(name);
      if (given !== undefined) {
        used++;
        scope.names.set(name, given);
      } else scope.names.set(name, missingArgument(machine, method, name, defaults[at]));
    }
  }
  if (isDecorated(method)) position = bindLate(parameters, args, position, scope);
  if (position < positional.length)
    throw new Raised('TypeError', `${method.name}() takes ${position} arguments, ${positional.length} given`);
  if (used === keywords.size) return;
  for (const [key, value] of keywords) {
    if (parameters.some(({ name, star }) => name === key && star === '')) continue;
    // A decorator, which is left out, may take it: torchvision's accept the arguments of earlier versions so.
    if (rest === undefined ? isDecorated(method) : isTaken(method, key)) continue;
    if (rest === undefined) throw new Raised('TypeError', `${method.name}() has no argument ${key}`);
    rest.set(key, value);
  }
}

/**
 * A decorator may let arguments that go by name alone be given by their place. It may also take the flag that stood first in
 * earlier versions, as torchvision's do with `pretrained`.
 */
function bindLate(
  parameters: readonly Parameter[],
  { positional, keywords }: Arguments,
  from: number,
  scope: Scope,
): number {
  let position = from;
  for (const { name, keywordOnly, star, default: value } of parameters) {
    if (position >= positional.length || !keywordOnly || star !== '') continue;
    const given = positional[position++];
    const isFlag = value?.kind === 'constant' && value.value !== null;
    if (!keywords.has(name) && (isFlag || typeof given !== 'boolean')) scope.names.set(name, given);
  }
  return position;
}

function isDecorated({ node }: FunctionValue): boolean {
  return node.kind === 'function' && node.decorators.some(({ kind }) => kind === 'call');
}

/** Whether a decorator names an argument as one of its own: `@handle_legacy_interface(weights=('pretrained', ...))`. */
function isTaken({ node }: FunctionValue, argument: string): boolean {
  if (node.kind !== 'function') return false;
  return node.decorators.some(({ kind, from, to }) => {
    const text = node.chunk.text.slice(from, to);
    return kind === 'call' && (text.includes(`'${argument}'`) || text.includes(`"${argument}"`));
  });
}

function missingArgument(machine: Machine, method: FunctionValue, name: string, value: Value | undefined): Value {
  if (value !== undefined) {
    machine.watch?.outside(value);
    return value;
  }
  const reason = `${method.name}() needs ${name}`;
  if (machine.guarded > 0) throw new Raised('TypeError', reason);
  return new Unknown(reason);
}

/** Notes modules that are made by no other one. */
function makeModule(machine: Machine, cls: ClassValue, args: Arguments): Value {
  if (machine.making || machine.moduleDepth > 0) return instantiate(machine, cls, args);
  const { stepLimit, steps, wholeLimit } = machine;
  machine.making = true;
  machine.stepLimit = wholeLimit;
  try {
    const module = instantiate(machine, cls, args);
    const { unknown, missing } = machine;
    if (module instanceof Instance) machine.made.push({ module, notes: unknown.size, misses: missing.size });
    return module;
  } finally {
    machine.making = false;
    machine.stepLimit = Math.min(wholeLimit, stepLimit + machine.steps - steps);
  }
}

function instantiate(machine: Machine, cls: ClassValue, args: Arguments): Value {
  if (cls.construct !== undefined) {
    machine.watch?.constructed(cls);
    return cls.construct(args, machine);
  }
  // Fields and members are known once the body has run.
  cls.fill();
  if (cls.dataclass !== undefined && cls.mro.some(({ name }) => name === 'NamedTuple'))
    return new Tuple(matchFields(machine, cls.name, namedFields(cls), args), cls);
  if (cls.mro.some(({ name }) => name === 'Enum')) {
    machine.watch?.fail();
    for (const member of cls.attributes.values())
      if (member instanceof Instance && member.attributes.get('value') === args.positional[0]) return member;
    return new Unknown(`${cls.name} has no such member`);
  }
  if (cls.isDict) return makeDictOf(machine, cls, args);
  return machine.twins.make(cls, args, () => {
    const instance = new Instance(cls, machine.frame);
    const initializer = cls.lookup('__init__');
    if (initializer !== undefined) callFunction(machine, initializer, withFirst(instance, args));
    return instance;
  });
}

/** An object of a subclass of `dict`. */
function makeDictOf(machine: Machine, cls: ClassValue, args: Arguments): Value {
  const dict = new Dict();
  dict.cls = cls;
  machine.watch?.fail();
  const initializer = machine.attribute(dict, '__init__');
  if (initializer !== undefined) machine.call(initializer, args);
  return dict;
}
