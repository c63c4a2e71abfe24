import type { Span } from '../syntax/ast';
import type { Scope } from '../values/scope';
import { ModuleValue, Unknown, type Value } from '../values/values';
import type { Machine } from './machine';
import { Raised } from './raised';

/** `import a.b` (the name of the first part) or `import a.b as c` (the last). */
export function importModule(
  machine: Machine,
  statement: Span & { module: string; whole: boolean },
  scope: Scope,
): Value {
  const { file } = scope.globals;
  const first = statement.module.split('.')[0];
  return load(machine, statement.whole ? statement.module : first, 0, file);
}

function load(machine: Machine, name: string, level: number, file: string): Value {
  const found = machine.importer.load(name, level, file);
  if (found !== undefined) return found;
  if (machine.guarded > 0) throw new Raised('ModuleNotFoundError', name);
  return new Unknown(machine.importer.reason(name, level), true);
}

/** One name of `from module import name`; `*` brings all public ones. */
export function importFrom(
  machine: Machine,
  statement: Span & { level: number; module: string },
  name: string,
  alias: string,
  scope: Scope,
): void {
  const { file } = scope.globals;
  const inside = statement.module === '' ? name : `${statement.module}.${name}`;
  const found = machine.importer.load(statement.module, statement.level, file);
  const module = found ?? machine.importer.load(inside, statement.level, file);
  if (module === undefined || module instanceof Unknown) {
    const missing = module ?? load(machine, statement.module, statement.level, file);
    if (name !== '*') scope.set(alias, missing);
    return;
  }
  if (found === undefined) {
    scope.set(alias, module);
    return;
  }
  if (!(module instanceof ModuleValue)) return;
  if (name === '*') {
    const names = module.publicNames?.() ?? [];
    for (const each of names) {
      const value = module.get(each);
      if (value !== undefined) scope.set(each, value);
    }
    return;
  }
  let value = module.get(name);
  if (value === undefined) value = machine.importer.load(inside, statement.level, file);
  if (value === undefined && machine.guarded > 0) throw new Raised('ImportError', module.lacks(name));
  scope.set(alias, value ?? new Unknown(module.lacks(name), true));
}
