import { itemsOf } from '../torch/moduleTree';
import { indexTensor } from '../torch/tensorIndex';
import type { Span } from '../syntax/ast';
import { Tensor } from '../values/tensor';
import {
  ClassValue,
  Dict,
  Float,
  Instance,
  List,
  ModuleValue,
  Native,
  Range,
  Slice,
  Tuple,
  Unknown,
  type Value,
} from '../values/values';
import type { Machine } from './machine';
import { Raised } from './raised';
import { sliceBounds } from './slices';

/** `object[index]`. Throws KeyError and IndexError as Python does. */
export function subscript(machine: Machine, object: Value, index: Value, span?: Span): Value {
  if (object instanceof Tensor) {
    const result = indexTensor(machine, object, index);
    return machine.traces ? machine.trace.note(result, [object]) : result;
  }
  if (object instanceof Unknown) return object;
  // Types in brackets, such as List[int], stand for themselves.
  if (object instanceof ClassValue || object instanceof Native || object instanceof ModuleValue) {
    const member = object instanceof ClassValue && typeof index === 'string' ? object.own(index) : undefined;
    if (member !== undefined) machine.watch?.outside(member);
    return member ?? object;
  }
  if (index instanceof Unknown) return index;
  if (object instanceof Dict) {
    const own = object.cls?.lookup('__getitem__');
    if (own !== undefined) return machine.callWith(own, object, index);
    const found = object.get(index);
    if (found !== undefined) return found;
    if (object.missing !== undefined) {
      const made = machine.callWith(object.missing);
      object.set(index, made);
      return made;
    }
    if (!object.keywords && machine.importer.register()) return subscript(machine, object, index, span);
    const missing = object.cls?.lookup('__missing__');
    if (missing !== undefined) return machine.callWith(missing, object, index);
    throw new Raised('KeyError', String(index instanceof Float ? index.value : index));
  }
  if (object instanceof List) return sequence(object.items, index, (items) => new List(items));
  if (object instanceof Tuple) return sequence(object.items, index, (items) => new Tuple(items));
  if (object instanceof Range) {
    const items = Array.from({ length: object.length }, (_, at) => object.start + at * object.step);
    return sequence(items, index, (picked) => new List(picked));
  }
  if (typeof object === 'string') return sequence([...object], index, (items) => items.join(''));
  if (object instanceof Instance) {
    const method = object.cls.lookup('__getitem__');
    if (method !== undefined) return machine.callWith(method, object, index);
    if (object.cls.isModule) return childAt(object, index);
    if (object.cls.openBase !== undefined) return object.cls.openBase;
  }
  if (span !== undefined) return machine.unknownAt(span, 'this value has no items');
  return new Unknown('this value has no items');
}

function childAt(module: Instance, index: Value): Value {
  if (typeof index === 'string') {
    const child = module.attributes.get(index);
    if (child === undefined) throw new Raised('KeyError', index);
    return child;
  }
  const children = itemsOf(module).map(([, item]) => item);
  return sequence(children, index, (items) => {
    const part = new Instance(module.cls, module.madeAt);
    items.forEach((item, at) => part.attributes.set(String(at), item));
    return part;
  });
}

function sequence(items: readonly Value[], index: Value, make: (items: Value[]) => Value): Value {
  if (index instanceof Slice) {
    const bounds = sliceBounds(index, items.length);
    if (bounds === undefined) return new Unknown('a slice with unknown bounds');
    return make(bounds.map((at) => items[at]));
  }
  const at = typeof index === 'boolean' ? Number(index) : index;
  if (typeof at !== 'number') throw new Raised('TypeError', 'not an index');
  const place = at < 0 ? at + items.length : at;
  if (place < 0 || place >= items.length) throw new Raised('IndexError', `index ${at} of ${items.length} items`);
  return items[place];
}

export function setSubscript(machine: Machine, object: Value, index: Value, value: Value): void {
  if (object instanceof Dict) {
    const own = object.cls?.lookup('__setitem__');
    if (own !== undefined) machine.callWith(own, object, index, value);
    else if (!(index instanceof Unknown)) object.set(index, value);
  } else if (object instanceof List) {
    if (typeof index === 'number') {
      const place = index < 0 ? index + object.items.length : index;
      if (place < 0 || place >= object.items.length) throw new Raised('IndexError', 'list assignment');
      object.items[place] = value;
    } else if (index instanceof Slice) {
      const places = sliceBounds(index, object.items.length);
      const items = machine.items(value);
      if (places !== undefined && !(items instanceof Unknown))
        object.items.splice(places[0] ?? object.items.length, places.length, ...items);
    }
  } else if (object instanceof Instance) {
    const method = object.cls.lookup('__setitem__');
    if (method !== undefined) machine.callWith(method, object, index, value);
    else if (object.cls.isModule) {
      if (typeof index === 'string') machine.setAttribute(object, index, value);
      else if (typeof index === 'number') {
        const children = itemsOf(object);
        const child = children[index < 0 ? index + children.length : index];
        if (child !== undefined) object.attributes.set(child[0], value);
      }
    }
  }
}

export function deleteSubscript(machine: Machine, object: Value, index: Value): void {
  if (object instanceof Dict) object.delete(index);
  else if (object instanceof List) {
    if (typeof index === 'number') object.items.splice(index < 0 ? index + object.items.length : index, 1);
    else if (index instanceof Slice) {
      const places = sliceBounds(index, object.items.length) ?? [];
      const gone = new Set(places);
      object.items = object.items.filter((_, at) => !gone.has(at));
    }
  } else if (object instanceof Instance && object.cls.isModule) removeChild(object, index);
  void machine;
}

function removeChild(module: Instance, index: Value): void {
  const children = itemsOf(module);
  if (typeof index === 'string') module.attributes.delete(index);
  else if (typeof index === 'number') {
    for (const [name] of children) module.attributes.delete(name);
    const kept = children.filter((_, at) => at !== (index < 0 ? index + children.length : index));
    kept.forEach(([, child], at) => module.attributes.set(String(at), child));
  }
}
