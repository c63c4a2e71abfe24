import { objectType, typeOf } from '../library/types';
import { setPlainly, setRegistering } from '../torch/registration';
import { tensorAttribute } from '../torch/tensorAttributes';
import { AttributesOf } from '../values/attributesOf';
import { namesOf } from '../values/moduleNames';
import { Tensor } from '../values/tensor';
import {
  BoundMethod,
  ClassMethod,
  ClassValue,
  Dict,
  FunctionValue,
  Instance,
  ModuleValue,
  Native,
  Property,
  StaticMethod,
  SuperValue,
  Tuple,
  Unknown,
  noKeywords,
  type Arguments,
  type Value,
} from '../values/values';
import type { Machine } from './machine';
import { methodOf } from './methods';
import { Raised } from './raised';

/** Attribute of an object as Python finds it; `undefined` when there is none. */
export function getAttribute(machine: Machine, object: Value, name: string): Value | undefined {
  if (object instanceof Instance) return instanceAttribute(machine, object, name);
  if (object instanceof ModuleValue) return seen(machine, name === '__dict__' ? namesOf(object) : object.get(name));
  if (object instanceof Tensor) {
    machine.watch?.tensor();
    return tensorAttribute(machine, object, name);
  }
  if (object instanceof ClassValue) return classAttribute(machine, object, name);
  if (object instanceof SuperValue) return superAttribute(machine, object, name);
  if (object instanceof Unknown) return object;
  if (object instanceof FunctionValue) {
    if (name === '__name__' || name === '__qualname__') return object.name;
    return seen(machine, object.attributes?.get(name));
  }
  if (object instanceof Native) return name === '__name__' ? object.name : seen(machine, object.attributes?.get(name));
  if (object instanceof BoundMethod) {
    if (name === '__self__') return object.receiver;
    if (name === '__func__') return object.method;
    return getAttribute(machine, object.method, name);
  }
  if (object instanceof Tuple && object.named !== undefined) {
    const at = object.named.dataclass?.findIndex((field) => field.name === name) ?? -1;
    if (at >= 0) return object.items[at];
    const method = object.named.lookup(name);
    if (method !== undefined) return bindTo(machine, method, object, object.named);
  }
  if (object instanceof Dict && object.cls !== undefined) return dictAttribute(machine, object, object.cls, name);
  return methodOf(machine, object, name);
}

/** Attribute of an object of a subclass of `dict`. */
function dictAttribute(machine: Machine, dict: Dict, cls: ClassValue, name: string): Value | undefined {
  const own = dict.attributes?.get(name);
  if (own !== undefined) return own;
  const inherited = cls.lookup(name);
  if (inherited !== undefined) return bindTo(machine, inherited, dict, cls);
  if (name === '__class__') return cls;
  const method = methodOf(machine, dict, name);
  if (method !== undefined) return method;
  // After `self.__dict__ = self` the items are the attributes.
  if (dict.attributes?.get('__dict__') === dict && dict.has(name)) return dict.get(name);
  const fallback = name.startsWith('__') ? undefined : cls.lookup('__getattr__');
  return fallback === undefined ? cls.openBase : machine.call(bindTo(machine, fallback, dict, cls), nameOnly(name));
}

function nameOnly(name: string): Arguments {
  return { positional: [name], keywords: noKeywords };
}

function instanceAttribute(machine: Machine, object: Instance, name: string): Value | undefined {
  const { read } = object.cls.access;
  if (read !== undefined) return machine.callWith(read, object, name);
  const found = ownOrInherited(machine, object, name);
  if (found !== undefined) return found;
  const fallback = object.cls.lookup('__getattr__');
  if (fallback !== undefined) return machine.callWith(fallback, object, name);
  return object.cls.openBase;
}

function ownOrInherited(machine: Machine, object: Instance, name: string): Value | undefined {
  machine.watch?.attribute(object, name);
  const own = object.own(name);
  if (own !== undefined) return own;
  const inherited = object.cls.lookup(name);
  if (inherited !== undefined) return bindTo(machine, inherited, object, object.cls);
  if (name === '__class__') return object.cls;
  if (name === '__dict__') return dictionaryOf(object);
  return name === '__getattr__' && object.cls.isModule ? lookedUp(machine, object) : undefined;
}

/** `__getattr__` of a module, which has its layers apart from other attributes. */
function lookedUp(machine: Machine, object: Instance): Native {
  return new Native('__getattr__', ({ positional: [name = null] }) => {
    const found = ownOrInherited(machine, object, String(name));
    if (found === undefined) throw new Raised('AttributeError', `no attribute ${String(name)}`);
    return found;
  });
}

/** Without `__getattr__`, which may ask for it. */
objectType.attributes_.set(
  '__getattribute__',
  new Native(
    '__getattribute__',
    ({ positional: [object, name = null] }, machine) => {
      const found = object instanceof Instance ? ownOrInherited(machine, object, String(name)) : undefined;
      if (found === undefined) throw new Raised('AttributeError', `no attribute ${String(name)}`);
      return found;
    },
    true,
  ),
);

function classAttribute(machine: Machine, object: ClassValue, name: string): Value | undefined {
  const found = seen(machine, object.lookup(name));
  if (found instanceof ClassMethod) return new BoundMethod(object, found.method);
  if (found instanceof StaticMethod) return found.method;
  if (found !== undefined) return found;
  if (name === '__name__' || name === '__qualname__') return object.name;
  if (name === '__mro__') return new Tuple(object.mro);
  if (name === '__members__' && object.mro.some((base) => base.name === 'Enum'))
    return Dict.of([...object.attributes].filter(([, value]) => value instanceof Instance && value.cls === object));
  if (name === '__dict__') return Dict.of(object.attributes);
  return object.openBase ?? machine.typeMethod(object, name);
}

/** Of `object`: a module does not register what is set by it. */
const setAttributeOfObject = new Native(
  '__setattr__',
  ({ positional: [object, name = null, value = null] }) => {
    if (object instanceof Instance) setPlainly(object, String(name), value);
    else if (object instanceof Dict) (object.attributes ??= new Map()).set(String(name), value);
    return null;
  },
  true,
);
objectType.attributes_.set('__setattr__', setAttributeOfObject);

function superAttribute(machine: Machine, { owner, receiver }: SuperValue, name: string): Value | undefined {
  const cls = receiver instanceof ClassValue ? receiver : typeOf(receiver);
  if (cls === undefined) return undefined;
  for (const base of cls.mro.slice(cls.mro.indexOf(owner) + 1)) {
    const found = base.own(name);
    if (found !== undefined) return bindTo(machine, found, receiver, cls);
  }
  const method = receiver instanceof Dict ? methodOf(machine, receiver, name) : undefined;
  if (method !== undefined) return method;
  if (name === '__init__' || name === '__init_subclass__') return new Native(name, () => null);
  if (name === '__getattr__' && receiver instanceof Instance) return lookedUp(machine, receiver);
  return cls.openBase;
}

/** A value that comes from a class or module. */
function seen(machine: Machine, value: Value | undefined): Value | undefined {
  if (value !== undefined) machine.watch?.outside(value);
  return value;
}

function bindTo(machine: Machine, value: Value, receiver: Value, cls: ClassValue): Value {
  machine.watch?.outside(value);
  if (value instanceof FunctionValue) return new BoundMethod(receiver, value);
  if (value instanceof Native) return value.method ? new BoundMethod(receiver, value) : value;
  if (value instanceof Property) return machine.callWith(value.getter, receiver);
  if (value instanceof StaticMethod) return value.method;
  if (value instanceof ClassMethod) return new BoundMethod(cls, value.method);
  return value;
}

/** Sets an attribute, in the way of the object's class. */
export function setAttribute(machine: Machine, object: Value, name: string, value: Value): void {
  if (object instanceof Instance) {
    const descriptor = object.cls.lookup(name);
    if (descriptor instanceof Property && descriptor.setter !== undefined) {
      machine.callWith(descriptor.setter, object, value);
      return;
    }
    const { set } = object.cls.access;
    if (set === undefined) setRegistering(object, name, value);
    else machine.callWith(set, object, name, value);
    return;
  }
  machine.twins.forget();
  if (object instanceof Dict) {
    const setter = object.cls?.lookup('__setattr__');
    if (setter !== undefined && setter !== setAttributeOfObject) machine.callWith(setter, object, name, value);
    else if (object.attributes?.get('__dict__') === object) object.set(name, value);
    else if (object.cls !== undefined) (object.attributes ??= new Map()).set(name, value);
  } else if (object instanceof ClassValue) {
    // Modelled classes are shared by all analyses: they stay as they are.
    if (object.node !== undefined) object.attributes.set(name, value);
  } else if (object instanceof FunctionValue) (object.attributes ??= new Map()).set(name, value);
  else if (object instanceof Native) object.attributes?.set(name, value);
  else if (object instanceof ModuleValue) object.set?.(name, value);
}

/** `object.__dict__`, `vars(object)`. */
function dictionaryOf(object: Instance): Dict {
  return new AttributesOf(object, (name, value) => setPlainly(object, name, value));
}
