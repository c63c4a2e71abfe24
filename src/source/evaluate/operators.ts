import type { Span } from '../syntax/ast';
import { itemsOf } from '../torch/moduleTree';
import { compareTensors, tensorBinary, tensorUnary } from '../torch/tensorOperators';
import { Tensor } from '../values/tensor';
import {
  BoundMethod,
  Dict,
  Float,
  Instance,
  List,
  PySet,
  Range,
  Tuple,
  Unknown,
  hashOf,
  type Value,
} from '../values/values';
import { formatPercent } from './format';
import type { Machine } from './machine';
import { Raised } from './raised';

const methodNames: Readonly<Record<string, string>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'truediv',
  '//': 'floordiv',
  '%': 'mod',
  '**': 'pow',
  '@': 'matmul',
  '&': 'and',
  '|': 'or',
};

export function binary(machine: Machine, op: string, left: Value, right: Value, span: Span): Value {
  if (left instanceof Tensor || right instanceof Tensor) {
    const result = tensorBinary(op, left, right);
    return machine.traces ? machine.trace.note(result, [left, right]) : result;
  }
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) return arithmetic(op, a, b, isFloat(left) || isFloat(right));
  if (left instanceof Unknown) return left;
  if (right instanceof Unknown) return right;
  if (op === '%' && typeof left === 'string') return formatPercent(machine, left, right);
  if (op === '+') {
    if (typeof left === 'string' && typeof right === 'string') return left + right;
    if (left instanceof List && right instanceof List) return new List([...left.items, ...right.items]);
    if (left instanceof Tuple && right instanceof Tuple) return new Tuple([...left.items, ...right.items]);
  }
  if (op === '*') {
    if (typeof right === 'number') return repeated(left, right) ?? failure(machine, op, span);
    if (typeof left === 'number') return repeated(right, left) ?? failure(machine, op, span);
  }
  if (op === '|' && left instanceof Dict && right instanceof Dict)
    return Dict.of([...left.entries.values(), ...right.entries.values()].map(({ key, value }) => [key, value]));
  if (left instanceof PySet && right instanceof PySet) return setOperation(op, left, right);
  // Types joined by | are only annotations.
  if (op === '|') return left;
  const name = methodNames[op];
  if (name !== undefined) {
    if (left instanceof Instance) {
      const method = left.cls.lookup(`__${name}__`);
      if (method !== undefined) return machine.callWith(method, left, right);
      if (op === '+' && left.cls.isModule && right instanceof Instance) return joined(left, right);
    }
    if (right instanceof Instance) {
      const method = right.cls.lookup(`__r${name}__`);
      if (method !== undefined) return machine.callWith(method, right, left);
    }
  }
  return failure(machine, op, span);
}

function failure(machine: Machine, op: string, span: Span): Value {
  return machine.unknownAt(span, `${op} of these values is not known`);
}

/** `ModuleList + ModuleList`, `Sequential + Sequential`. */
function joined(left: Instance, right: Instance): Instance {
  const both = new Instance(left.cls, left.madeAt);
  [...itemsOf(left), ...itemsOf(right)].forEach(([, child], at) => both.attributes.set(String(at), child));
  return both;
}

/** `+=` and its like: lists grow in place, everything else is replaced. */
export function inPlace(machine: Machine, op: string, left: Value, right: Value, span: Span): Value {
  if (left instanceof List && op === '+') {
    const items = machine.items(right);
    if (items instanceof Unknown) left.items.push(items);
    else left.items.push(...items);
    return left;
  }
  if (left instanceof Instance && op === '+' && left.cls.isModule) {
    const items = machine.items(right);
    let at = itemsOf(left).length;
    if (!(items instanceof Unknown)) for (const item of items) machine.setAttribute(left, String(at++), item);
    return left;
  }
  if (left instanceof Dict && op === '|' && right instanceof Dict) {
    for (const { key, value } of right.entries.values()) left.set(key, value);
    return left;
  }
  return binary(machine, op, left, right, span);
}

/** A number as JavaScript has it; `undefined` for everything else. */
export function numeric(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (value instanceof Float) return value.value;
  return typeof value === 'boolean' ? Number(value) : undefined;
}

export function isFloat(value: Value): boolean {
  return value instanceof Float;
}

function arithmetic(op: string, a: number, b: number, float: boolean): Value {
  const result = (value: number): Value => (float ? new Float(value) : value);
  switch (op) {
    case '+':
      return result(a + b);
    case '-':
      return result(a - b);
    case '*':
      return result(a * b);
    case '/':
      if (b === 0) throw new Raised('ZeroDivisionError', 'division by zero');
      return new Float(a / b);
    case '//':
      if (b === 0) throw new Raised('ZeroDivisionError', 'division by zero');
      return result(Math.floor(a / b));
    case '%':
      if (b === 0) throw new Raised('ZeroDivisionError', 'modulo by zero');
      return result(a - Math.floor(a / b) * b);
    case '**':
      return float || b < 0 ? new Float(a ** b) : a ** b;
    case '<<':
      return a * 2 ** b;
    case '>>':
      return Math.floor(a / 2 ** b);
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    default:
      return new Unknown(`operator ${op} is not known`);
  }
}

const maximumRepeat = 100_000;

function repeated(value: Value, times: number): Value | undefined {
  if (typeof value === 'string')
    return times * value.length > maximumRepeat ? undefined : value.repeat(Math.max(0, times));
  if (!(value instanceof List || value instanceof Tuple)) return undefined;
  if (times * value.items.length > maximumRepeat) return new Unknown('a list this long is not made');
  const items: Value[] = [];
  for (let at = 0; at < times; at++) items.push(...value.items);
  return value instanceof List ? new List(items) : new Tuple(items);
}

function setOperation(op: string, left: PySet, right: PySet): Value {
  const a = [...left.entries];
  if (op === '|') return new PySet([...left.entries.values(), ...right.entries.values()]);
  if (op === '&') return new PySet(a.filter(([hash]) => right.entries.has(hash)).map(([, value]) => value));
  if (op === '-') return new PySet(a.filter(([hash]) => !right.entries.has(hash)).map(([, value]) => value));
  return new Unknown(`sets have no operator ${op}`);
}

export function unary(machine: Machine, op: string, operand: Value, span: Span): Value {
  if (op === 'not') {
    const known = truth(machine, operand);
    return known === undefined ? new Unknown(operand instanceof Unknown ? operand.reason : 'not known') : !known;
  }
  if (operand instanceof Tensor) {
    const result = tensorUnary(operand, op);
    return machine.traces ? machine.trace.note(result, [operand]) : result;
  }
  if (operand instanceof Unknown) return operand;
  const number = numeric(operand);
  if (number === undefined) return failure(machine, op, span);
  if (op === '-') return operand instanceof Float ? new Float(-number) : -number;
  if (op === '~') return ~number;
  return operand;
}

/** Truth of a value; `undefined` when it is not known. */
export function truth(machine: Machine, value: Value): boolean | undefined {
  if (value === null) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isNaN(value) ? undefined : value !== 0;
  if (typeof value === 'string') return value !== '';
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Unknown) return undefined;
  if (value instanceof List || value instanceof Tuple) return value.items.length > 0;
  if (value instanceof Dict || value instanceof PySet) return value.entries.size > 0;
  if (value instanceof Range) return value.length > 0;
  if (value instanceof Tensor) return value.data?.length === 1 ? value.data[0] !== 0 : undefined;
  if (value instanceof Instance) {
    const bool = value.cls.lookup('__bool__');
    if (bool !== undefined) return truth(machine, machine.callWith(bool, value));
    const length = value.cls.lookup('__len__');
    if (length !== undefined) return truth(machine, machine.callWith(length, value));
  }
  return true;
}

export function compare(machine: Machine, op: string, left: Value, right: Value, span: Span): Value {
  if (op === 'is' || op === 'is not') {
    if (left instanceof Unknown || right instanceof Unknown)
      return left === right ? op === 'is' : new Unknown('identity of an unknown value');
    return same(left, right) === (op === 'is');
  }
  if (op === 'in' || op === 'not in') {
    const found = contains(machine, right, left);
    return found instanceof Unknown ? found : found === (op === 'in');
  }
  if (left instanceof Tensor || right instanceof Tensor) return compareTensors(op, left, right);
  if (left instanceof Unknown) return left;
  if (right instanceof Unknown) return right;
  if (op === '==') return equal(machine, left, right);
  if (op === '!=') return !equal(machine, left, right);
  const order = ordering(left, right);
  if (order === undefined) return machine.unknownAt(span, `${op} of these values is not known`);
  if (op === '<') return order < 0;
  if (op === '<=') return order <= 0;
  if (op === '>') return order > 0;
  return order >= 0;
}

function same(left: Value, right: Value): boolean {
  if (left instanceof BoundMethod && right instanceof BoundMethod)
    return left.receiver === right.receiver && left.method === right.method;
  return left === right;
}

export function equal(machine: Machine, left: Value, right: Value): boolean {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) return a === b;
  if (left instanceof List && right instanceof List) return equalItems(machine, left.items, right.items);
  if (left instanceof Tuple && right instanceof Tuple) return equalItems(machine, left.items, right.items);
  if (left instanceof Range && right instanceof Range)
    return left.start === right.start && left.length === right.length && left.step === right.step;
  if (left instanceof Dict && right instanceof Dict)
    return (
      left.entries.size === right.entries.size &&
      [...left.entries].every(([hash, { value }]) => {
        const other = right.entries.get(hash);
        return other !== undefined && equal(machine, value, other.value);
      })
    );
  if (left instanceof PySet && right instanceof PySet)
    return (
      left.entries.size === right.entries.size && [...left.entries.keys()].every((hash) => right.entries.has(hash))
    );
  if (left instanceof Instance) {
    const method = left.cls.lookup('__eq__');
    if (method !== undefined) return truth(machine, machine.callWith(method, left, right)) === true;
    // A str or int enumeration equals its value.
    if (left.cls.mro.some(({ name }) => name === 'Enum') && !(right instanceof Instance))
      return left.cls.bases.length > 1 && hashOf(left.attributes.get('value') ?? null) === hashOf(right);
    const { dataclass } = left.cls;
    if (dataclass !== undefined && right instanceof Instance && right.cls === left.cls)
      return dataclass.every(({ name }) =>
        equal(machine, left.attributes.get(name) ?? null, right.attributes.get(name) ?? null),
      );
  }
  return left === right;
}

function equalItems(machine: Machine, left: readonly Value[], right: readonly Value[]): boolean {
  return left.length === right.length && left.every((item, at) => equal(machine, item, right[at]));
}

/** Negative, zero or positive as in sorting; `undefined` when the values have no order. */
export function ordering(left: Value, right: Value): number | undefined {
  const a = numeric(left);
  const b = numeric(right);
  if (a !== undefined && b !== undefined) return Number.isNaN(a - b) && a !== b ? undefined : a === b ? 0 : a - b;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  const sequences =
    (left instanceof Tuple && right instanceof Tuple) || (left instanceof List && right instanceof List);
  if (!sequences) return undefined;
  for (let at = 0; at < Math.min(left.items.length, right.items.length); at++) {
    const order = ordering(left.items[at], right.items[at]);
    if (order !== 0) return order;
  }
  return left.items.length - right.items.length;
}

function contains(machine: Machine, container: Value, item: Value): boolean | Unknown {
  if (container instanceof Dict) {
    if (item instanceof Unknown) return item;
    return container.has(item) || (!container.keywords && machine.importer.register() && container.has(item));
  }
  if (container instanceof PySet) return item instanceof Unknown ? item : container.entries.has(hashOf(item));
  if (typeof container === 'string')
    return typeof item === 'string' ? container.includes(item) : new Unknown('not text');
  if (container instanceof Instance) {
    const method = container.cls.lookup('__contains__');
    if (method !== undefined) return truth(machine, machine.callWith(method, container, item)) === true;
    if (container.cls.isModule && typeof item === 'string') return container.attributes.has(item);
  }
  if (item instanceof Unknown) return item;
  const items = machine.items(container);
  return items instanceof Unknown ? items : items.some((each) => equal(machine, each, item));
}
