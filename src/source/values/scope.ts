import type { ClassValue, Value } from './values';

/** A module's names; values may be computed on first use. */
export interface Globals {
  get(name: string): Value | undefined;
  set(name: string, value: Value): void;
  delete(name: string): void;
  names(): Iterable<string>;
  readonly file: string;
}

/** Names visible at one place: a function call, a class body, a comprehension, or the module itself. */
export class Scope {
  readonly names = new Map<string, Value>();
  globalNames?: Set<string>;
  nonlocalNames?: Set<string>;
  /** Values of a class body that have not been needed yet. */
  waiting?: (name: string) => Value | undefined;
  /** Values yielded so far, in a generator. */
  yielded?: Value[];

  constructor(
    readonly globals: Globals,
    readonly parent: Scope | undefined,
    readonly kind: 'module' | 'function' | 'class' | 'comprehension',
    /** Class of the method under evaluation and its first argument, for `super()`. */
    readonly method?: { owner: ClassValue; receiver: Value },
  ) {}

  get(name: string): Value | undefined {
    if (this.kind !== 'module') {
      const own = this.names.get(name);
      if (own !== undefined && !this.globalNames?.has(name)) return own;
      const late = this.waiting?.(name);
      if (late !== undefined) return late;
      for (let scope = this.parent; scope !== undefined; scope = scope.parent) {
        if (scope.kind === 'class' || scope.kind === 'module') continue;
        const value = scope.names.get(name);
        if (value !== undefined) return value;
      }
    }
    return this.globals.get(name);
  }

  set(name: string, value: Value): void {
    if (this.kind === 'module' || this.globalNames?.has(name)) this.globals.set(name, value);
    else if (this.nonlocalNames?.has(name)) {
      for (let scope = this.parent; scope !== undefined; scope = scope.parent)
        if (scope.names.has(name)) {
          scope.names.set(name, value);
          return;
        }
      this.names.set(name, value);
    } else this.names.set(name, value);
  }

  delete(name: string): void {
    if (this.kind === 'module') this.globals.delete(name);
    else this.names.delete(name);
  }

  /** The scope of the method around, also from within its comprehensions and inner functions. */
  get methodAround(): { owner: ClassValue; receiver: Value } | undefined {
    return this.method ?? this.parent?.methodAround;
  }
}
