import type { Comprehension, Expression } from '../syntax/ast';
import { Scope } from '../values/scope';
import {
  Dict,
  Float,
  FunctionValue,
  Instance,
  Iterator_,
  List,
  ModuleValue,
  PySet,
  Slice,
  Tuple,
  Unknown,
  ellipsis,
  type Value,
} from '../values/values';
import { holdsUnknown } from '../keras/trace';
import { evaluateArguments } from './arguments';
import { formatValue } from './format';
import type { Machine } from './machine';
import { found } from './missing';
import { binary, compare, truth, unary } from './operators';
import { Raised } from './raised';
import { scopedCalls, withArgumentsAround } from './scopedCalls';
import { subscript } from './subscripts';
import { assign } from './targets';

/** All but what most code consists of, which looks things up, computes and calls, and of which a watch need not be told. */
export type RarerExpression = Exclude<
  Expression,
  { kind: 'name' | 'number' | 'string' | 'constant' | 'attribute' | 'call' | 'compare' | 'unary' | 'and' | 'or' }
>;

export function evaluateExpression(machine: Machine, node: Expression, scope: Scope): Value {
  switch (node.kind) {
    case 'name':
      return nameValue(machine, node, scope);
    case 'number':
      return node.float ? new Float(node.value) : node.value;
    case 'string':
    case 'constant':
      return node.value;
    case 'attribute': {
      const object = machine.evaluate(node.object, scope);
      if (object instanceof Unknown) return object;
      const value = machine.attribute(object, node.name);
      // What a framework has and we do not model is told where it is used.
      if (value instanceof Unknown && object instanceof ModuleValue && /^(torch|keras|tensorflow)\b/.test(object.name))
        machine.note(node, value.reason);
      if (value !== undefined) return value;
      const reason = object instanceof ModuleValue ? object.lacks(node.name) : `no attribute ${node.name}`;
      if (machine.guarded > 0) throw new Raised('AttributeError', reason);
      return machine.unknownAt(node, reason);
    }
    case 'call': {
      const scoped = node.callee.kind === 'name' ? scopedCalls.get(node.callee.name) : undefined;
      if (scoped !== undefined) return scoped(machine, node, scope);
      const callee = machine.evaluate(node.callee, scope);
      // Arguments are evaluated all the same: they may make layers.
      const args = evaluateArguments(machine, node.args, scope);
      if (callee instanceof Unknown) {
        if (isPartOfModule(machine, node.callee, scope)) machine.lose();
        return found(machine, callee, node);
      }
      if (args instanceof Unknown) return args;
      const keeps = node.callee.kind === 'attribute' && node.callee.name === 'save_hyperparameters';
      const result = machine.call(callee, keeps ? withArgumentsAround(args, scope) : args, node);
      // All that comes after a layer of a framework depends on what it makes of its input.
      if (result instanceof Unknown && isModelledLayer(callee) && !args.positional.some(holdsUnknown))
        machine.note(node, result.reason);
      return result;
    }
    case 'compare': {
      let left = machine.evaluate(node.first, scope);
      let result: Value = true;
      for (const { op, right } of node.rest) {
        const value = machine.evaluate(right, scope);
        machine.watch?.compared(left, value);
        result = compare(machine, op, left, value, node);
        if (result instanceof Unknown || truth(machine, result) === false) return result;
        left = value;
      }
      return result;
    }
    case 'unary':
      return unary(machine, node.op, machine.evaluate(node.operand, scope), node);
    case 'and':
    case 'or': {
      const left = machine.evaluate(node.left, scope);
      const known = truth(machine, left);
      if (known === (node.kind === 'or')) return left;
      const right = machine.evaluate(node.right, scope);
      if (known !== undefined) return right;
      // Unknown and False is False, unknown or True is True, whatever the unknown is.
      const decided = truth(machine, right) === (node.kind === 'or');
      return decided && typeof right === 'boolean' ? right : left;
    }
    default:
      machine.watch?.expression(node);
      return evaluateRarer(machine, node, scope);
  }
}

function evaluateRarer(machine: Machine, node: RarerExpression, scope: Scope): Value {
  switch (node.kind) {
    case 'tuple':
      return new Tuple(itemsOf(machine, node.items, scope));
    case 'list':
      return new List(itemsOf(machine, node.items, scope));
    case 'set':
      return new PySet(itemsOf(machine, node.items, scope));
    case 'dict':
      return dictionary(machine, node, scope);
    case 'subscript': {
      const object = machine.evaluate(node.object, scope);
      const index = machine.evaluate(node.index, scope);
      return subscript(machine, found(machine, object, node), index, node);
    }
    case 'slice':
      return new Slice(
        node.lower === undefined ? null : machine.evaluate(node.lower, scope),
        node.upper === undefined ? null : machine.evaluate(node.upper, scope),
        node.step === undefined ? null : machine.evaluate(node.step, scope),
      );
    case 'binary':
      return binary(machine, node.op, machine.evaluate(node.left, scope), machine.evaluate(node.right, scope), node);
    case 'conditional': {
      const condition = truth(machine, machine.evaluate(node.condition, scope));
      if (condition === undefined) machine.note(node.condition, 'condition is unknown, taken as true');
      return machine.evaluate(condition === false ? node.otherwise : node.then, scope);
    }
    case 'format':
      return node.parts.reduce<Value>((text, part) => {
        if (text instanceof Unknown) return text;
        if (typeof part === 'string') return `${String(text)}${part}`;
        const value = machine.evaluate(part.value, scope);
        if (value instanceof Unknown) return value;
        return `${String(text)}${formatValue(machine, value, part.spec, part.conversion)}`;
      }, '');
    case 'comprehension':
      return comprehension(machine, node, scope);
    case 'lambda':
      return new FunctionValue(
        '<lambda>',
        node.parameters,
        node,
        scope,
        node.parameters.map(({ default: value }) => (value === undefined ? undefined : machine.evaluate(value, scope))),
        undefined,
      );
    case 'walrus': {
      const value = machine.evaluate(node.value, scope);
      let target = scope;
      while (target.kind === 'comprehension' && target.parent !== undefined) target = target.parent;
      target.set(node.name, value);
      return value;
    }
    case 'star':
      return machine.evaluate(node.value, scope);
    case 'yield': {
      const value = node.value === undefined ? null : machine.evaluate(node.value, scope);
      yieldTo(machine, scope, value, node.from_);
      return null;
    }
    case 'await':
      return machine.evaluate(node.value, scope);
    case 'ellipsis':
      return ellipsis;
    case 'hole':
      return new Unknown('unfinished code');
  }
}

function nameValue(machine: Machine, node: Expression & { kind: 'name' }, scope: Scope): Value {
  let value = scope.get(node.name);
  if (value === undefined) value = machine.builtins.get(node.name);
  if (value !== undefined) {
    machine.watch?.name(scope, node.name, value);
    return value;
  }
  if (machine.guarded > 0) throw new Raised('NameError', `${node.name} is not defined`);
  return machine.unknownAt(node, `${node.name} is not defined`);
}

function itemsOf(machine: Machine, nodes: readonly Expression[], scope: Scope): Value[] {
  const items: Value[] = [];
  for (const node of nodes) {
    if (node.kind === 'star') {
      const unpacked = machine.items(machine.evaluate(node.value, scope));
      if (unpacked instanceof Unknown) items.push(unpacked);
      else for (const item of unpacked) items.push(item);
    } else items.push(machine.evaluate(node, scope));
  }
  return items;
}

function dictionary(machine: Machine, node: Expression & { kind: 'dict' }, scope: Scope): Value {
  const dict = new Dict();
  for (const { key, value } of node.items) {
    const evaluated = machine.evaluate(value, scope);
    if (key !== undefined) dict.set(machine.evaluate(key, scope), evaluated);
    else if (evaluated instanceof Dict)
      for (const entry of evaluated.entries.values()) dict.set(entry.key, entry.value);
  }
  return dict;
}

function comprehension(machine: Machine, node: Comprehension, scope: Scope): Value {
  const inner = new Scope(scope.globals, scope.kind === 'class' ? scope.parent : scope, 'comprehension');
  // A class body's names are visible to the first iterable only; being generous does no harm.
  if (scope.kind === 'class') for (const [name, value] of scope.names) inner.names.set(name, value);
  const items: Value[] = [];
  const dict = new Dict();
  let unknown: Unknown | undefined;
  const run = (at: number): void => {
    if (at === node.clauses.length) {
      const element = machine.evaluate(node.element, inner);
      if (node.value === undefined) items.push(element);
      else dict.set(element, machine.evaluate(node.value, inner));
      return;
    }
    const clause = node.clauses[at];
    if (clause.kind === 'if') {
      if (truth(machine, machine.evaluate(clause.condition, inner)) !== false) run(at + 1);
      return;
    }
    const values = machine.items(machine.evaluate(clause.iterable, inner));
    if (values instanceof Unknown) {
      unknown ??= values;
      return;
    }
    for (const value of values) {
      assign(machine, clause.target, value, inner);
      run(at + 1);
    }
  };
  run(0);
  if (unknown !== undefined) return unknown;
  if (node.result === 'dict') return dict;
  if (node.result === 'set') return new PySet(items);
  return node.result === 'list' ? new List(items) : new Iterator_(items);
}

const maximumYields = 2000;

function yieldTo(machine: Machine, scope: Scope, value: Value, all: boolean): void {
  let target: Scope | undefined = scope;
  while (target !== undefined && target.yielded === undefined) target = target.parent;
  if (target?.yielded === undefined) return;
  if (all) {
    const items = machine.items(value);
    if (!(items instanceof Unknown)) target.yielded.push(...items);
  } else target.yielded.push(value);
  if (target.yielded.length > maximumYields) {
    const error = new Raised('StopIteration', 'endless generator');
    error.leaving = true;
    throw error;
  }
}

/** An object of a class that we model, not of one that the code defines. */
function isModelledLayer(value: Value): boolean {
  return value instanceof Instance && value.cls.isModule && value.cls.node === undefined;
}

/** `self.block` of `self.block(x)`, in a module. */
function isPartOfModule(machine: Machine, callee: Expression, scope: Scope): boolean {
  if (callee.kind !== 'attribute' || callee.object.kind !== 'name') return false;
  const owner = machine.evaluate(callee.object, scope);
  return owner instanceof Instance && owner.cls.isModule && owner.attributes.has(callee.name);
}
