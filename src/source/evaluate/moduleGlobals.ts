import type { ParsedFile } from '../syntax/parse';
import { Scope, type Globals } from '../values/scope';
import { ModuleValue, Unknown, type Value } from '../values/values';
import type { Machine } from './machine';
import { indexOf, type ModuleIndex, type Placed } from './moduleIndex';
import { GaveUp, Raised } from './raised';
import { executeSafely } from './statements';

/** Steps that one statement at the top level may take when a module is loaded. */
const eagerSteps = 20_000;

/** The names of one module for one machine. Most are computed when first asked for. */
export class ModuleGlobals implements Globals {
  readonly file: string;
  readonly scope: Scope;
  readonly index: ModuleIndex;
  private readonly values = new Map<string, Value>();
  private readonly started = new Set<string>();
  /** Names that are being looked for in other modules. */
  private readonly lookedFor = new Set<string>();
  private loaded = false;

  constructor(
    private readonly machine: Machine,
    readonly parsed: ParsedFile,
    /** Part of an installed package. */
    private readonly installed: boolean,
  ) {
    this.file = parsed.file;
    this.index = indexOf(parsed);
    this.scope = new Scope(this, undefined, 'module');
  }

  /** Runs the statements that cannot wait. */
  load(): void {
    if (this.loaded) return;
    this.loaded = true;
    const { unknown, missing } = this.machine;
    const told = this.installed ? [unknown, missing].map((places) => ({ places, before: new Set(places.keys()) })) : [];
    for (const placed of this.index.eager) {
      this.machine.touched.note(this.file, undefined, placed);
      this.run(placed);
    }
    // What a package looks up when it is loaded, such as its own libraries, is nothing that a user asks about.
    for (const { places, before } of told)
      for (const key of [...places.keys()]) if (!before.has(key)) places.delete(key);
  }

  /** Runs one statement of this module with a small limit of its own; nothing it does may end the evaluation. */
  run({ chunk, statement }: Placed): void {
    const { machine } = this;
    const before = { chunk: machine.chunk, guarded: machine.guarded, limit: machine.stepLimit };
    machine.chunk = chunk;
    machine.guarded = 0;
    machine.stepLimit = Math.min(before.limit, machine.steps + eagerSteps);
    const used = machine.steps;
    try {
      executeSafely(machine, statement, this.scope);
    } catch (error) {
      if (!(error instanceof Raised || error instanceof GaveUp)) throw error;
      machine.note(statement, error.reason);
    } finally {
      machine.chunk = before.chunk;
      machine.guarded = before.guarded;
      machine.stepLimit = before.limit;
      machine.steps = used;
    }
  }

  /** Calls the decorators of definitions that enter them in a registry. */
  register(): void {
    for (const { chunk, name, statement } of this.index.registered) {
      const value = this.get(name);
      if (value === undefined || !(statement.kind === 'class' || statement.kind === 'function')) continue;
      for (const decorator of [...statement.decorators].reverse()) {
        const { from, to } = decorator;
        const args = [{ value: { kind: 'name', name, from, to }, from, to }] as const;
        const call = { kind: 'call', chunk, callee: decorator, args, statement, from, to } as const;
        this.run({ chunk, statement: { kind: 'expression', value: call, from, to } });
      }
    }
  }

  get(name: string): Value | undefined {
    const known = this.values.get(name);
    if (known !== undefined) return known;
    const placed = this.index.lazy.get(name);
    if (placed !== undefined && !this.started.has(name)) {
      this.started.add(name);
      this.machine.touched.note(this.file, name, placed);
      this.compute(placed);
      return this.values.get(name) ?? (this.values.has(name) ? null : undefined);
    }
    return this.fromStars(name);
  }

  private compute({ chunk, statement }: Placed): void {
    const { machine } = this;
    const before = { chunk: machine.chunk, guarded: machine.guarded };
    machine.chunk = chunk;
    machine.guarded = 0;
    try {
      executeSafely(machine, statement, this.scope);
    } finally {
      machine.chunk = before.chunk;
      machine.guarded = before.guarded;
    }
  }

  private fromStars(name: string): Value | undefined {
    if (name.startsWith('_')) return undefined;
    this.machine.touched.note(this.file, name, undefined);
    return this.throughStars(name, (module) => {
      const value = module.get(name);
      return value instanceof Unknown ? undefined : value;
    });
  }

  /** The first that a look into the modules gives that all names are brought from. Two modules may bring them from each other. */
  private throughStars<T>(name: string, look: (module: ModuleValue) => T | undefined): T | undefined {
    if (this.lookedFor.has(name)) return undefined;
    this.lookedFor.add(name);
    try {
      for (const { statement } of this.index.stars) {
        if (statement.kind !== 'importFrom') continue;
        const module = this.machine.importer.load(statement.module, statement.level, this.file);
        const found = module instanceof ModuleValue ? look(module) : undefined;
        if (found !== undefined) return found;
      }
      return undefined;
    } finally {
      this.lookedFor.delete(name);
    }
  }

  set(name: string, value: Value): void {
    if (this.values.has(name)) this.machine.twins.forget();
    this.started.add(name);
    this.values.set(name, value);
  }

  delete(name: string): void {
    this.machine.twins.forget();
    this.values.delete(name);
    this.started.add(name);
  }

  names(): Iterable<string> {
    const names = new Set([...this.index.lazy.keys(), ...this.values.keys()]);
    this.throughStars('*', (module) => {
      for (const name of module.publicNames?.() ?? []) names.add(name);
      return undefined;
    });
    return [...names].filter((name) => !name.startsWith('_'));
  }
}
