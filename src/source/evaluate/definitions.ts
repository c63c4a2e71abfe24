import type { ClassNode, Expression, FunctionNode, Statement } from '../syntax/ast';
import { Scope } from '../values/scope';
import { ClassMethod, ClassValue, FunctionValue, Property, StaticMethod, Unknown, type Value } from '../values/values';
import { moduleType } from '../torch/module';
import { makeDataclass, memberOf } from './dataclasses';
import type { Machine } from './machine';
import { found } from './missing';

/** The function a `def` makes, with the decorators that change how it is called. */
export function defineFunction(machine: Machine, node: FunctionNode, scope: Scope, owner?: ClassValue): Value {
  const definer = owner ?? scope.methodAround?.owner;
  let value: Value = new FunctionValue(
    node.name,
    node.parameters,
    node,
    scope,
    node.parameters.map(({ default: expression }) =>
      expression === undefined ? undefined : machine.evaluate(expression, scope),
    ),
    definer,
  );
  for (const decorator of [...node.decorators].reverse()) value = decorate(machine, decorator, value, scope);
  return value;
}

/**
 * Registries, `wraps`, `no_grad` and their like do not change what a model is, so an unknown decorator is left out.
 * Those of this list do.
 */
function decorate(machine: Machine, decorator: Expression, value: Value, scope: Scope): Value {
  if (decorator.kind === 'name') {
    if (decorator.name === 'staticmethod') return new StaticMethod(value);
    if (decorator.name === 'classmethod') return new ClassMethod(value);
    if (decorator.name === 'property' || decorator.name === 'cached_property') return new Property(value);
  }
  if (decorator.kind === 'attribute') {
    if (decorator.name === 'cached_property') return new Property(value);
    if (decorator.name === 'setter') {
      const property = machine.evaluate(decorator.object, scope);
      if (property instanceof Property) return new Property(property.getter, value);
    }
  }
  return value;
}

/** The class of a `class` statement. Its body runs when something is first looked up in it. */
export function defineClass(machine: Machine, node: ClassNode, scope: Scope): Value {
  const bases: ClassValue[] = [];
  let open: Unknown | undefined;
  for (const { keyword, value } of node.bases) {
    if (keyword !== undefined) continue;
    const base = found(machine, machine.evaluate(value, scope), value);
    if (base instanceof ClassValue) bases.push(base);
    else if (base instanceof Unknown) open = base;
  }
  open ??= bases.find(({ openBase }) => openBase !== undefined)?.openBase;
  const object = machine.builtins.get('object');
  // What computes by `forward` on a base that cannot be read, such as a framework's own, is a module.
  if (
    open !== undefined &&
    !bases.some(({ isModule }) => isModule) &&
    /^\s+def forward\(/m.test(machine.chunk?.text ?? '')
  )
    bases.push(moduleType);
  if (bases.length === 0 && object instanceof ClassValue) bases.push(object);
  const { chunk } = machine;
  const created: ClassValue = new ClassValue(
    node.name,
    bases,
    node,
    () => {
      const before = machine.chunk;
      const guarded = machine.guarded;
      machine.chunk = chunk;
      machine.guarded = 0;
      try {
        fillClass(machine, created, node, scope);
      } finally {
        machine.chunk = before;
        machine.guarded = guarded;
      }
    },
    open,
  );
  return created;
}

function fillClass(machine: Machine, created: ClassValue, node: ClassNode, scope: Scope): void {
  const body = new Scope(scope.globals, scope, 'class');
  const fields: { name: string; default?: Value }[] = [];
  const waiting = new Map<string, () => Value>();
  created.waiting = waiting;
  body.waiting = (name) => (waiting.has(name) ? created.own(name) : undefined);
  const isEnum = created.mro.some(({ name }) => name === 'Enum');
  const { chunk } = machine;
  for (const statement of node.body()) {
    const late = lateName(statement);
    if (late !== undefined) {
      body.names.delete(late);
      waiting.set(late, () => {
        const before = machine.chunk;
        machine.chunk = chunk;
        machine.execute([statement], body);
        machine.chunk = before;
        const value = body.names.get(late) ?? null;
        return isEnum ? memberOf(created, late, value) : value;
      });
    } else if (statement.kind === 'function')
      body.names.set(statement.name, defineFunction(machine, statement, body, created));
    else {
      machine.execute([statement], body);
      if (statement.kind === 'annotate' && statement.target.kind === 'name' && !isClassVar(statement.annotation))
        fields.push({ name: statement.target.name, default: body.names.get(statement.target.name) });
    }
  }
  for (const [name, value] of body.names) created.attributes_.set(name, value);
  makeDataclass(machine, created, node, fields, scope);
}

/** The name that a statement gives a value which is costly or never asked for, such as the description of weights. */
function lateName(statement: Statement): string | undefined {
  if (statement.kind !== 'assign' || statement.targets.length !== 1) return undefined;
  const [target] = statement.targets;
  const { value } = statement;
  if (target.kind !== 'name' || target.name.startsWith('_')) return undefined;
  if (value.kind === 'call' && value.args.length > 0) return target.name;
  return value.kind === 'dict' || value.kind === 'name' ? target.name : undefined;
}

function isClassVar(annotation: Expression): boolean {
  return annotation.kind === 'subscript' && annotation.object.kind === 'name' && annotation.object.name === 'ClassVar';
}
