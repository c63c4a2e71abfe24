import type { CallNode, Expression } from '../syntax/ast';
import { TopLevel } from '../syntax/parse';
import { ModuleNames } from '../values/moduleNames';
import type { Scope } from '../values/scope';
import { ClassValue, Dict, SuperValue, Unknown, type Arguments, type Value } from '../values/values';
import { evaluateArguments } from './arguments';
import type { Machine } from './machine';
import { Raised } from './raised';

/** Functions that look into the scope they are called in. */
export const scopedCalls: ReadonlyMap<string, (machine: Machine, node: CallNode, scope: Scope) => Value> = new Map([
  ['super', superOf],
  ['eval', evalOf],
  ['locals', (_machine: Machine, _node: CallNode, { names }: Scope) => Dict.of(names)],
  ['globals', (_machine: Machine, _node: CallNode, { globals }: Scope) => new ModuleNames(globals)],
]);

/** `super()` and `super(Class, self)`. */
function superOf(machine: Machine, node: CallNode, scope: Scope): Value {
  const around = scope.methodAround;
  if (node.args.length < 2)
    return around === undefined
      ? machine.unknownAt(node, 'super() outside of a method')
      : new SuperValue(around.owner, around.receiver);
  const owner = machine.evaluate(node.args[0].value, scope);
  const receiver = machine.evaluate(node.args[1].value, scope);
  if (owner instanceof ClassValue) return new SuperValue(owner, receiver);
  return around === undefined ? new Unknown('super() of an unknown class') : new SuperValue(around.owner, receiver);
}

/** `eval` of a short text, such as a class's name or a number in a table of layers. */
function evalOf(machine: Machine, node: CallNode, scope: Scope): Value {
  machine.watch?.fail();
  const [text] = node.args.map(({ value }) => machine.evaluate(value, scope));
  if (typeof text !== 'string') return text instanceof Unknown ? text : new Unknown('eval of something else than text');
  const { file } = node.chunk;
  const { statements } = new TopLevel({ file, text: text.trim(), start: 0 }, undefined);
  const [statement] = statements;
  if (statements.length !== 1 || statement.kind !== 'expression') throw new Raised('SyntaxError', `eval of ${text}`);
  // A call in the text counts as made by `eval`, which is there to be seen.
  const valueOf = (expression: Expression): Value => {
    if (expression.kind !== 'call') return machine.evaluate(expression, scope);
    const callee = valueOf(expression.callee);
    const args = evaluateArguments(machine, expression.args, scope);
    return args instanceof Unknown ? args : machine.call(callee, args, node);
  };
  return valueOf(statement.value);
}

/** `self.save_hyperparameters()` of Lightning keeps the arguments of the method that calls it. */
export function withArgumentsAround({ positional, keywords }: Arguments, scope: Scope): Arguments {
  const around = new Dict();
  for (const [name, value] of scope.names) {
    if (value === scope.method?.receiver) continue;
    if (name === 'kwargs' && value instanceof Dict)
      for (const entry of value.entries.values()) around.set(entry.key, entry.value);
    else if (!name.startsWith('__')) around.set(name, value);
  }
  return { positional, keywords: new Map([...keywords, ['__arguments', around]]) };
}
