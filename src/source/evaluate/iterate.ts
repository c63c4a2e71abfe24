import { itemsOf } from '../torch/moduleTree';
import { Tensor } from '../values/tensor';
import {
  ClassValue,
  Dict,
  Instance,
  Iterator_,
  List,
  PySet,
  Range,
  Tuple,
  Unknown,
  type Value,
} from '../values/values';
import type { Machine } from './machine';
import { subscript } from './subscripts';

const maximumItems = 100_000;

/** The items of an iterable in order. A list gives its own array, so that walking it sees it grow. */
export function iterate(machine: Machine, value: Value): readonly Value[] | Unknown {
  if (value instanceof List || value instanceof Tuple) return value.items;
  if (value instanceof Range) {
    if (value.length > maximumItems) return new Unknown('a range this long is not walked');
    return Array.from({ length: value.length }, (_, at) => value.start + at * value.step);
  }
  if (value instanceof Iterator_) {
    machine.watch?.iterated();
    const items = value.items.slice(value.at);
    value.at = value.items.length;
    return items;
  }
  if (value instanceof Dict) return value.keys();
  if (value instanceof PySet) return [...value.entries.values()];
  if (typeof value === 'string') return [...value];
  if (value instanceof Tensor) {
    const [length] = value.shape;
    if (length === undefined || Number.isNaN(length)) return new Unknown('a tensor of unknown length');
    if (length > maximumItems) return new Unknown('a tensor this long is not walked');
    return Array.from({ length }, (_, at) => subscript(machine, value, at));
  }
  if (value instanceof Instance) {
    const method = value.cls.lookup('__iter__');
    if (method !== undefined) return iterate(machine, machine.callWith(method, value));
    if (value.cls.isModule) return itemsOf(value).map(([, item]) => item);
  }
  if (value instanceof ClassValue && value.mro.some(({ name }) => name === 'Enum')) {
    machine.watch?.fail();
    return [...value.attributes.values()].filter((member) => member instanceof Instance && member.cls === value);
  }
  return value instanceof Unknown ? value : new Unknown('this value cannot be walked');
}
