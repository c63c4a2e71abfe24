import { Dict, type Value } from './values';

/** What a module or the scope of one holds. */
interface Names {
  get(name: string): Value | undefined;
  set?(name: string, value: Value): void;
  names(): Iterable<string>;
}

/** `globals()` and `module.__dict__`: values are computed when they are asked for. */
export class ModuleNames extends Dict {
  constructor(private readonly module: Names) {
    super();
  }
  override get entries(): Map<unknown, { key: Value; value: Value }> {
    return Dict.of(this.keys().flatMap((key): [Value, Value][] => [[key, this.get(key) ?? null]])).entries;
  }
  override get(key: Value): Value | undefined {
    return typeof key === 'string' ? this.module.get(key) : undefined;
  }
  override has(key: Value): boolean {
    return this.get(key) !== undefined;
  }
  override set(key: Value, value: Value): void {
    if (typeof key === 'string') this.module.set?.(key, value);
  }
  override keys(): Value[] {
    return [...this.module.names()];
  }
}

/** What is in the dictionary of an imported module. */
export function namesOf(module: {
  readonly get: Names['get'];
  readonly set?: Names['set'];
  readonly publicNames?: Names['names'];
}): ModuleNames {
  return new ModuleNames({ get: module.get, set: module.set, names: () => module.publicNames?.() ?? [] });
}
