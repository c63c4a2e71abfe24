import type { Expression, Span, Statement } from '../syntax/ast';
import type { Scope } from '../values/scope';
import { ClassValue, Instance, Unknown, type Value } from '../values/values';
import { defineClass, defineFunction } from './definitions';
import { IdleRounds } from './idleRounds';
import { importFrom, importModule } from './imports';
import type { Machine } from './machine';
import { inPlace, truth } from './operators';
import { fits } from './patterns';
import { Raised, Suppressed } from './raised';
import { deleteSubscript } from './subscripts';
import { assign } from './targets';

/** How a block ended, when not at its end. */
export type Completion = 'break' | 'continue' | { readonly value: Value };

/**
 * Runs statements. An error stops the statement it happens in and makes what it would have assigned unknown; the next one goes
 * on. Inside `try` it goes to the handlers, as does a `raise` out of its function.
 */
export function executeBlock(machine: Machine, statements: readonly Statement[], scope: Scope): Completion | undefined {
  for (let at = 0; at < statements.length; at++) {
    const completion = executeSafely(machine, statements[at], scope);
    if (completion !== undefined) return completion;
  }
  return undefined;
}

export function executeSafely(machine: Machine, statement: Statement, scope: Scope): Completion | undefined {
  try {
    return executeStatement(machine, statement, scope);
  } catch (error) {
    if (!(error instanceof Raised) || error.leaving || machine.guarded > 0) throw error;
    machine.errors++;
    if (machine.making && mayMakeLayer(statement)) machine.lose();
    const unknown = machine.unknownAt(statement, error.reason);
    if (statement.kind === 'return') return { value: unknown };
    for (const target of targetsOf(statement)) assign(machine, target, unknown, scope);
    return undefined;
  }
}

/** Whether a statement gives something that it makes a name, or adds it to what is there; blocks, whether one in them does. */
function mayMakeLayer(statement: Statement): boolean {
  const blocks = blocksOf(statement);
  if (blocks.length > 0) return blocks.some((block) => block.some(mayMakeLayer));
  if (statement.kind === 'assign' || statement.kind === 'annotate') return statement.value?.kind === 'call';
  if (statement.kind !== 'expression' || statement.value.kind !== 'call') return false;
  const { callee } = statement.value;
  const name = callee.kind === 'name' || callee.kind === 'attribute' ? callee.name : '';
  return /^(append|extend|insert|update|add|add_module|register_module|setattr|__setattr__)$/.test(name);
}

/** The blocks of a compound statement that run where it stands. */
function blocksOf(statement: Statement): readonly (readonly Statement[])[] {
  switch (statement.kind) {
    case 'if':
      return [...statement.branches.map(({ body }) => body), statement.otherwise];
    case 'for':
    case 'while':
      return [statement.body, statement.otherwise];
    case 'with':
      return [statement.body];
    case 'try':
      return [statement.body, ...statement.handlers.map(({ body }) => body), statement.otherwise, statement.last];
    case 'match':
      return statement.cases.map(({ body }) => body);
    default:
      return [];
  }
}

function targetsOf(statement: Statement): readonly Expression[] {
  if (statement.kind === 'assign') return statement.targets;
  if (statement.kind === 'annotate' || statement.kind === 'update') return [statement.target];
  return [];
}

function executeStatement(machine: Machine, statement: Statement, scope: Scope): Completion | undefined {
  machine.watch?.statement(statement);
  switch (statement.kind) {
    case 'expression':
      if (isInert(machine, statement.value)) return undefined;
      machine.evaluate(statement.value, scope);
      return undefined;
    case 'assign': {
      const value = machine.evaluate(statement.value, scope);
      const { targets } = statement;
      for (let at = 0; at < targets.length; at++) assign(machine, targets[at], value, scope);
      return undefined;
    }
    case 'annotate':
      if (statement.value !== undefined)
        assign(machine, statement.target, machine.evaluate(statement.value, scope), scope);
      return undefined;
    case 'update': {
      const before = machine.evaluate(statement.target, scope);
      const value = inPlace(machine, statement.op, before, machine.evaluate(statement.value, scope), statement);
      assign(machine, statement.target, value, scope);
      return undefined;
    }
    case 'if':
      return executeIf(machine, statement, scope);
    case 'for':
      return executeFor(machine, statement, scope);
    case 'while':
      return executeWhile(machine, statement, scope);
    case 'with': {
      let suppressed: readonly Value[] | undefined;
      for (const { value, target } of statement.items) {
        const context = machine.evaluate(value, scope);
        if (target !== undefined) assign(machine, target, entered(machine, context), scope);
        suppressed = suppressedBy(context) ?? suppressed;
      }
      return suppressed === undefined
        ? machine.execute(statement.body, scope)
        : executeSuppressing(machine, statement.body, scope, suppressed);
    }
    case 'try':
      return executeTry(machine, statement, scope);
    case 'match':
      return executeMatch(machine, statement, scope);
    case 'return':
      return { value: statement.value === undefined ? null : machine.evaluate(statement.value, scope) };
    case 'raise':
      throw raised(statement.value === undefined ? undefined : machine.evaluate(statement.value, scope));
    case 'assert': {
      const condition = machine.evaluate(statement.condition, scope);
      if (truth(machine, condition) === false) machine.note(statement, 'the assertion does not hold');
      return undefined;
    }
    case 'delete':
      for (const target of statement.targets) remove(machine, target, scope);
      return undefined;
    case 'scope': {
      const names = new Set(statement.names);
      if (statement.global) scope.globalNames = new Set([...(scope.globalNames ?? []), ...names]);
      else scope.nonlocalNames = new Set([...(scope.nonlocalNames ?? []), ...names]);
      return undefined;
    }
    case 'import':
      scope.set(statement.alias, importModule(machine, statement, scope));
      return undefined;
    case 'importFrom':
      for (const { name, alias } of statement.names) importFrom(machine, statement, name, alias, scope);
      return undefined;
    case 'function':
      scope.set(statement.name, defineFunction(machine, statement, scope));
      return undefined;
    case 'class':
      scope.set(statement.name, defineClass(machine, statement, scope));
      return undefined;
    case 'break':
      return 'break';
    case 'continue':
      return 'continue';
    case 'pass':
    case 'hole':
      return undefined;
  }
}

/** Calls that only write a log. `print(model(x).shape)` outside of functions shows how the model is called. */
function isInert(machine: Machine, value: Expression): boolean {
  if (value.kind !== 'call' || value.callee.kind !== 'name') return value.kind === 'string';
  const { name } = value.callee;
  return name === '_log_api_usage_once' || (name === 'print' && machine.frame !== undefined);
}

function executeIf(machine: Machine, statement: Statement & { kind: 'if' }, scope: Scope): Completion | undefined {
  for (const { condition, body } of statement.branches) {
    const known = truth(machine, machine.evaluate(condition, scope));
    if (known === false) continue;
    if (known === undefined) {
      // A branch that only complains is not the model's usual way.
      if (body.some(({ kind }) => kind === 'raise')) continue;
      machine.note(condition, 'condition is unknown, taken as true');
    }
    return machine.execute(body, scope);
  }
  return machine.execute(statement.otherwise, scope);
}

/** Of a loop it is not known how often it runs: what it would make is missing. */
function leaveOut(machine: Machine, body: readonly Statement[], place: Span, reason: string): void {
  machine.note(place, `loop left out: ${reason}`);
  if (machine.making && body.some(mayMakeLayer)) machine.lose();
}

function executeFor(machine: Machine, statement: Statement & { kind: 'for' }, scope: Scope): Completion | undefined {
  const items = machine.items(machine.evaluate(statement.iterable, scope));
  if (items instanceof Unknown) {
    leaveOut(machine, statement.body, statement.iterable, items.reason);
    return undefined;
  }
  const { target, body } = statement;
  const idle = new IdleRounds(machine, statement, scope);
  let left: Value | undefined;
  // Read by index: a list that grows while it is walked is seen growing, as in Python.
  for (let at = 0; at < items.length; at++) {
    const item = items[at];
    if (target.kind === 'name' && idle.skips(item)) {
      left = item;
      continue;
    }
    left = undefined;
    assign(machine, target, item, scope);
    const completion = idle.run(item, () => machine.execute(body, scope));
    if (completion === 'break') return undefined;
    if (completion !== undefined && completion !== 'continue') return completion;
  }
  // The variable keeps the last item, whether its round was left out or not.
  if (left !== undefined) assign(machine, target, left, scope);
  return machine.execute(statement.otherwise, scope);
}

function executeWhile(
  machine: Machine,
  statement: Statement & { kind: 'while' },
  scope: Scope,
): Completion | undefined {
  for (;;) {
    const known = truth(machine, machine.evaluate(statement.condition, scope));
    if (known === undefined) leaveOut(machine, statement.body, statement.condition, 'its condition is unknown');
    if (known !== true) break;
    const completion = machine.execute(statement.body, scope);
    if (completion === 'break') return undefined;
    if (completion !== undefined && completion !== 'continue') return completion;
  }
  return machine.execute(statement.otherwise, scope);
}

/** Errors that `contextlib.suppress(...)` leaves out. */
function suppressedBy(context: Value): readonly Value[] | undefined {
  return context instanceof Instance && context.state instanceof Suppressed ? context.state.types : undefined;
}

function executeSuppressing(
  machine: Machine,
  body: readonly Statement[],
  scope: Scope,
  types: readonly Value[],
): Completion | undefined {
  machine.guarded++;
  try {
    return machine.execute(body, scope);
  } catch (error) {
    if (error instanceof Raised && isOneOf(machine, error, types)) return undefined;
    throw error;
  } finally {
    machine.guarded--;
  }
}

function entered(machine: Machine, context: Value): Value {
  if (!(context instanceof Instance)) return context;
  const enter = machine.attribute(context, '__enter__');
  return enter === undefined ? context : machine.callWith(enter);
}

function executeTry(machine: Machine, statement: Statement & { kind: 'try' }, scope: Scope): Completion | undefined {
  let completion: Completion | undefined;
  try {
    machine.guarded++;
    try {
      completion = machine.execute(statement.body, scope);
    } finally {
      machine.guarded--;
    }
    completion ??= machine.execute(statement.otherwise, scope);
  } catch (error) {
    if (!(error instanceof Raised)) throw error;
    const handler = statement.handlers.find(({ type }) => handles(machine, type, error, scope));
    if (handler === undefined) throw error;
    if (handler.name !== undefined)
      scope.set(handler.name, error.value instanceof Instance ? error.value : new Unknown(error.reason));
    completion = machine.execute(handler.body, scope);
  } finally {
    machine.execute(statement.last, scope);
  }
  return completion;
}

function handles(machine: Machine, type: Expression | undefined, error: Raised, scope: Scope): boolean {
  if (type === undefined) return true;
  const accepted = machine.evaluate(type, scope);
  const types = accepted instanceof ClassValue ? [accepted] : machine.items(accepted);
  return types instanceof Unknown || isOneOf(machine, error, types);
}

function isOneOf(machine: Machine, error: Raised, types: readonly Value[]): boolean {
  return types.some((candidate) => {
    if (!(candidate instanceof ClassValue)) return candidate instanceof Unknown;
    if (error.value instanceof Instance) return error.value.cls.isSubclassOf(candidate);
    const builtin = machine.builtins.get(error.type);
    return builtin instanceof ClassValue ? builtin.isSubclassOf(candidate) : candidate.name === 'Exception';
  });
}

function raised(value: Value | undefined): Raised {
  const error =
    value instanceof Instance
      ? new Raised(value.cls.name, messageOf(value), value)
      : value instanceof ClassValue
        ? new Raised(value.name, '', new Instance(value))
        : new Raised('Exception', value instanceof Unknown ? value.reason : '');
  error.leaving = true;
  return error;
}

function messageOf(instance: Instance): string {
  const message = instance.attributes.get('message');
  return typeof message === 'string' ? message : '';
}

function executeMatch(
  machine: Machine,
  statement: Statement & { kind: 'match' },
  scope: Scope,
): Completion | undefined {
  const subject = machine.evaluate(statement.subject, scope);
  for (const { pattern, guard, body } of statement.cases) {
    if (!fits(machine, pattern, subject, scope, statement)) continue;
    if (guard !== undefined && truth(machine, machine.evaluate(guard, scope)) === false) continue;
    return machine.execute(body, scope);
  }
  return undefined;
}

function remove(machine: Machine, target: Expression, scope: Scope): void {
  if (target.kind === 'name') scope.delete(target.name);
  else if (target.kind === 'subscript')
    deleteSubscript(machine, machine.evaluate(target.object, scope), machine.evaluate(target.index, scope));
  else if (target.kind === 'attribute') {
    const object = machine.evaluate(target.object, scope);
    if (object instanceof Instance) object.attributes.delete(target.name);
  }
}
