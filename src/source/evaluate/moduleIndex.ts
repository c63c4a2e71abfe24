import type { Chunk, Statement } from '../syntax/ast';
import { ofText, type ParsedFile, type TopLevel } from '../syntax/parse';

/** One statement of a module with the top-level statement it is (part of). */
export interface Placed {
  readonly chunk: Chunk;
  readonly statement: Statement;
}

/** A function or class at the top level, which is parsed when its statement is asked for. */
export class Definition implements Placed {
  readonly chunk: Chunk;
  readonly kind: 'function' | 'class';
  readonly name: string;

  constructor(
    private readonly top: TopLevel,
    { kind, name }: NonNullable<TopLevel['defines']>,
  ) {
    this.chunk = top.chunk;
    this.kind = kind;
    this.name = name;
  }

  get statement(): Statement {
    return this.top.definition;
  }
}

/** A name that is given a list or dictionary, which is parsed when it is asked for. */
export class Display implements Placed {
  readonly chunk: Chunk;

  private constructor(
    private readonly top: TopLevel,
    readonly name: string,
  ) {
    this.chunk = top.chunk;
  }

  static of(top: TopLevel): Display | undefined {
    const name = display.exec(top.chunk.text)?.[1];
    return name === undefined ? undefined : new Display(top, name);
  }

  get statement(): Statement {
    return this.top.statements[0];
  }
}

/** With no other `=` and no `;` it is one statement with one target; `[1] + [2]` counts as well. */
const display = /^([A-Za-z_]\w*)[ \t]*=[ \t]*[[{][^=;]*[\]}]$/;

/** What a module's top level binds, without running it. */
export interface ModuleIndex {
  /** Names whose value can wait until somebody asks: definitions, imports, names assigned once. */
  readonly lazy: ReadonlyMap<string, Placed>;
  /** `from x import *`, in order. */
  readonly stars: readonly Placed[];
  /** Statements that must run in order when the module is loaded. */
  readonly eager: readonly Placed[];
  /** Statements of `if __name__ == '__main__'`. */
  readonly main: readonly Placed[];
  /** Functions and classes at the top level, in order; the last of a name counts. */
  readonly definitions: readonly Definition[];
  /** Those that a decorator enters in a registry, as its name tells. */
  readonly registered: readonly Definition[];
}

/** `@register_model`, `@BACKBONES.register_module()`, `@BLOCKS('ghost')` at the head of a definition. */
const registering = /^(?:@[^\n]*\n)*?@(?:[^\n]*[Rr]egist|[A-Z_]{3,}\b)/;

export const indexOf = ofText(makeIndex);

function makeIndex(parsed: ParsedFile): ModuleIndex {
  const placed = parsed.statements.flatMap((top): Placed | Placed[] => {
    if (top.defines !== undefined) return new Definition(top, top.defines);
    return Display.of(top) ?? top.statements.map((statement) => ({ chunk: top.chunk, statement }));
  });
  const assigned = new Map<string, number>();
  for (const each of placed) for (const name of boundNames(each)) assigned.set(name, (assigned.get(name) ?? 0) + 1);
  const lazy = new Map<string, Placed>();
  const stars: Placed[] = [];
  const eager: Placed[] = [];
  const main: Placed[] = [];
  const definitions: Definition[] = [];
  for (const each of placed) {
    if (each instanceof Definition) {
      lazy.set(each.name, each);
      definitions.push(each);
      continue;
    }
    if (each instanceof Display && assigned.get(each.name) === 1) {
      lazy.set(each.name, each);
      continue;
    }
    const { statement, chunk } = each;
    switch (statement.kind) {
      case 'import':
        lazy.set(statement.alias, each);
        break;
      case 'importFrom':
        for (const { name, alias } of statement.names)
          if (name === '*') stars.push(each);
          else lazy.set(alias, { chunk, statement: { ...statement, names: [{ name, alias }] } });
        break;
      case 'assign':
      case 'annotate': {
        const targets = statement.kind === 'assign' ? statement.targets : [statement.target];
        const [target] = targets;
        const once = targets.length === 1 && target.kind === 'name' && assigned.get(target.name) === 1;
        if (statement.value === undefined) break;
        if (once) lazy.set(target.name, each);
        else eager.push(each);
        break;
      }
      case 'if':
        if (isMain(statement)) for (const inner of statement.branches[0].body) main.push({ chunk, statement: inner });
        else eager.push(each);
        break;
      case 'expression':
        if (statement.value.kind !== 'string') eager.push(each);
        break;
      case 'pass':
      case 'hole':
        break;
      default:
        eager.push(each);
    }
  }
  const registered = definitions.filter(({ chunk }) => registering.test(chunk.text));
  return { lazy, stars, eager, main, definitions, registered };
}

function boundNames(placed: Placed): string[] {
  if (placed instanceof Definition || placed instanceof Display) return [placed.name];
  const { statement } = placed;
  if (statement.kind === 'assign')
    return statement.targets.flatMap((target) => (target.kind === 'name' ? [target.name] : []));
  if (statement.kind === 'annotate')
    return statement.target.kind === 'name' && statement.value !== undefined ? [statement.target.name] : [];
  if (statement.kind === 'update')
    return statement.target.kind === 'name' ? [statement.target.name, statement.target.name] : [];
  return [];
}

function isMain(statement: Statement & { kind: 'if' }): boolean {
  const condition = statement.branches[0]?.condition;
  return (
    condition?.kind === 'compare' &&
    condition.first.kind === 'name' &&
    condition.first.name === '__name__' &&
    condition.rest[0].right.kind === 'string' &&
    condition.rest[0].right.value === '__main__'
  );
}
