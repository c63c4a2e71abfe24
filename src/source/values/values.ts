import type { Machine } from '../evaluate/machine';
import type { CallNode, ClassNode, Expression, FunctionNode, Parameter } from '../syntax/ast';
import type { Scope } from './scope';
import type { Tensor } from './tensor';

/**
 * Python's values as the evaluation knows them. `None` is `null`, `bool` and `str` are JavaScript's own, an `int` is a number
 * and a `float` is a `Float`, so that 2 and 2.0 stay apart.
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | Float
  | Unknown
  | List
  | Tuple
  | Dict
  | PySet
  | Range
  | Slice
  | Ellipsis
  | FunctionValue
  | BoundMethod
  | Native
  | ClassValue
  | Instance
  | ModuleValue
  | Tensor
  | Property
  | StaticMethod
  | ClassMethod
  | SuperValue
  | Iterator_;

export class Float {
  constructor(readonly value: number) {}
}

/** A value that could not be found out, and why. */
export class Unknown {
  constructor(
    readonly reason: string,
    /** It comes from a module that was not found: told where it is called, not where it is imported. */
    readonly missing = false,
  ) {}
}

export class List {
  constructor(public items: Value[]) {}
}

export class Tuple {
  /** Class and field names of a named tuple. */
  constructor(
    readonly items: readonly Value[],
    readonly named?: ClassValue,
  ) {}
}

/** Keys are compared by value for numbers, strings and tuples, by identity otherwise. */
export class Dict {
  private readonly own = new Map<unknown, { key: Value; value: Value }>();
  /** Value for missing keys (`defaultdict`). */
  missing?: Value;
  /** It is what `**` collected in a call, and so no registry. */
  keywords = false;
  /** Its class, when that is a subclass of `dict`. */
  cls?: ClassValue;
  /** Attributes of an object of such a class. */
  attributes?: Map<string, Value>;

  static of(pairs: Iterable<readonly [Value, Value]>): Dict {
    const dict = new Dict();
    for (const [key, value] of pairs) dict.set(key, value);
    return dict;
  }
  get entries(): Map<unknown, { key: Value; value: Value }> {
    return this.own;
  }
  get(key: Value): Value | undefined {
    return this.entries.get(hashOf(key))?.value;
  }
  has(key: Value): boolean {
    return this.entries.has(hashOf(key));
  }
  set(key: Value, value: Value): void {
    const hash = hashOf(key);
    const entry = this.entries.get(hash);
    if (entry === undefined) this.entries.set(hash, { key, value });
    else entry.value = value;
  }
  delete(key: Value): void {
    this.entries.delete(hashOf(key));
  }
  keys(): Value[] {
    return [...this.entries.values()].map(({ key }) => key);
  }
  values(): Value[] {
    return [...this.entries.values()].map(({ value }) => value);
  }
}

export class PySet {
  readonly entries = new Map<unknown, Value>();
  constructor(values: Iterable<Value> = []) {
    for (const value of values) this.entries.set(hashOf(value), value);
  }
}

export class Range {
  constructor(
    readonly start: number,
    readonly stop: number,
    readonly step: number,
  ) {}
  get length(): number {
    return Math.max(0, Math.ceil((this.stop - this.start) / this.step));
  }
}

export class Slice {
  constructor(
    readonly lower: Value,
    readonly upper: Value,
    readonly step: Value,
  ) {}
}

export class Ellipsis {}
export const ellipsis = new Ellipsis();

/** A function written in Python, with the scope it was defined in. */
export class FunctionValue {
  attributes?: Map<string, Value>;
  constructor(
    readonly name: string,
    readonly parameters: readonly Parameter[],
    readonly node: FunctionNode | (Expression & { kind: 'lambda' }),
    readonly scope: Scope,
    readonly defaults: readonly (Value | undefined)[],
    /** The class whose body defines it, for `super()`. */
    readonly owner: ClassValue | undefined,
  ) {}
}

export class BoundMethod {
  constructor(
    readonly receiver: Value,
    readonly method: Value,
  ) {}
}

/** Arguments of a call, evaluated. */
export interface Arguments {
  readonly positional: readonly Value[];
  readonly keywords: ReadonlyMap<string, Value>;
}

export const noKeywords: ReadonlyMap<string, Value> = new Map();

/** A function that we model. */
export class Native {
  attributes?: Map<string, Value>;
  /** Its class, when that is another than that of functions. */
  cls?: ClassValue;
  /** Depends on its arguments alone, and changes nothing else. */
  harmless = false;
  /** What of its arguments it depends on. */
  sees: 'types' | 'shapes' | 'all' = 'all';
  /** Gives a whole model, as a function of the code may. */
  makesModel = false;
  constructor(
    readonly name: string,
    readonly call: (args: Arguments, machine: Machine) => Value,
    /** Bound to its instance when read from a class. */
    readonly method = false,
  ) {}
}

/** Chain of the calls under evaluation, innermost first. */
export interface Frame {
  readonly node: CallNode;
  readonly parent: Frame | undefined;
  readonly depth: number;
  /** Frames of the calls made in it, so that the same calls under way are the same frame. */
  inner?: Map<CallNode, Frame>;
  /** Its call and those around it, once they were asked for. */
  calls?: readonly CallNode[];
}

export class ClassValue {
  readonly mro: readonly ClassValue[];
  /** Class body is evaluated on the first look into the class. */
  private pending?: () => void;
  readonly attributes_ = new Map<string, Value>();
  /** Attributes whose values are computed when they are first asked for. */
  waiting?: Map<string, () => Value>;
  dataclass?: readonly { name: string; default?: Value }[];
  private ownAccess?: { readonly read?: Value; readonly set?: Value };
  /** What it makes depends on its arguments alone. */
  harmless = false;
  /** Makes a value directly, for built-in types. */
  construct?: (args: Arguments, machine: Machine) => Value;

  /** Objects of it are layers or models of a framework: they can be children and are called like functions. */
  isModule: boolean;
  /** Its objects own the layers in lists that are their attributes, as in Keras. */
  tracksLists: boolean;
  /** Its objects are dicts. */
  isDict: boolean;

  constructor(
    readonly name: string,
    readonly bases: readonly ClassValue[],
    readonly node?: ClassNode,
    pending?: () => void,
    /** A base could not be read: attributes that are not found are unknown. */
    readonly openBase?: Unknown,
  ) {
    this.mro = linearize(this, bases);
    this.isModule = bases.some((base) => base.isModule);
    this.tracksLists = bases.some((base) => base.tracksLists);
    this.isDict = !this.isModule && bases.some((base) => base.isDict);
    this.pending = pending;
  }

  /** Runs the body, if that has not happened yet. */
  fill(): void {
    if (this.pending === undefined) return;
    const run = this.pending;
    this.pending = undefined;
    run();
  }

  /** All own attributes, computed. */
  get attributes(): Map<string, Value> {
    this.fill();
    if (this.waiting !== undefined) for (const name of [...this.waiting.keys()]) this.own(name);
    return this.attributes_;
  }

  /** One own attribute. */
  own(name: string): Value | undefined {
    if (this.pending !== undefined && this.node !== undefined && !mayDefine(this.node, name)) return undefined;
    this.fill();
    const known = this.attributes_.get(name);
    if (known !== undefined) return known;
    const compute = this.waiting?.get(name);
    if (compute === undefined) return undefined;
    this.waiting!.delete(name);
    const value = compute();
    this.attributes_.set(name, value);
    return value;
  }

  lookup(name: string): Value | undefined {
    const { mro } = this;
    for (let at = 0; at < mro.length; at++) {
      const found = mro[at].own(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** What the code does by itself when attributes of objects are read or set; it is looked for once. */
  get access(): { readonly read?: Value; readonly set?: Value } {
    return (this.ownAccess ??= { read: this.written('__getattribute__'), set: this.written('__setattr__') });
  }

  /** An attribute that classes of the code have, not those that are modelled. */
  private written(name: string): Value | undefined {
    for (const base of this.mro) {
      const found = base.node === undefined ? undefined : base.own(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  isSubclassOf(other: ClassValue): boolean {
    return this.mro.includes(other);
  }
}

/** Whether the body of a class can give it an attribute, told by its text: descriptions of weights need not be read for it. */
function mayDefine({ chunk, from, to }: ClassNode, name: string): boolean {
  // Those that begin so are given to dataclasses, named tuples and enumerations without being written.
  if (name.startsWith('_')) return true;
  const at = chunk.text.indexOf(name, from);
  return at >= 0 && at < to;
}

function linearize(self: ClassValue, bases: readonly ClassValue[]): ClassValue[] {
  if (bases.length === 1) return [self, ...bases[0].mro];
  const lists = [...bases.map((base) => [...base.mro]), [...bases]];
  const order: ClassValue[] = [self];
  for (;;) {
    const remaining = lists.filter((list) => list.length > 0);
    if (remaining.length === 0) return order;
    const next =
      remaining.map(([head]) => head).find((head) => !remaining.some((list) => list.indexOf(head) > 0)) ??
      remaining[0][0];
    order.push(next);
    for (const list of lists) {
      const at = list.indexOf(next);
      if (at >= 0) list.splice(at, 1);
    }
  }
}

/** Attributes of an object that is a copy, before they are made. */
export interface CopiedAttributes {
  /**
   * The same for all copies of one object: values that are plain, and in the places of tensors and objects, of which each copy
   * has its own, others like them.
   */
  readonly attributes: ReadonlyMap<string, Value>;
  /** Calls back with each layer or model that it holds, by its name. */
  eachModule(use: (name: string, module: Instance) => void): void;
  make(): Map<string, Value>;
}

export class Instance {
  /** What a modelled class keeps besides its attributes. */
  state?: unknown;
  /** Names of attributes that were set past the registration of layers. */
  hidden?: Set<string>;
  private known: Map<string, Value> | undefined;
  /** For a copy of which nobody has asked for the attributes yet. */
  copied: CopiedAttributes | undefined;

  constructor(
    readonly cls: ClassValue,
    /** Calls under way when it was made. */
    readonly madeAt?: Frame,
    copied?: CopiedAttributes,
  ) {
    this.copied = copied;
    this.known = copied === undefined ? new Map() : undefined;
  }

  get attributes(): Map<string, Value> {
    return this.known ?? this.make();
  }

  private make(): Map<string, Value> {
    const made = this.copied!.make();
    this.copied = undefined;
    return (this.known = made);
  }

  /** Its attributes for a look at plain values and shapes: others like them may stand for its tensors and objects. */
  get look(): ReadonlyMap<string, Value> {
    return this.copied?.attributes ?? this.attributes;
  }

  /** One attribute, as far as it can be told without making those of a copy. */
  own(name: string): Value | undefined {
    const { copied } = this;
    if (copied !== undefined) {
      const value = copied.attributes.get(name);
      if (value === undefined || value === null || typeof value !== 'object') return value;
    }
    return this.attributes.get(name);
  }
}

export class ModuleValue {
  constructor(
    readonly name: string,
    readonly get: (name: string) => Value | undefined,
    readonly publicNames?: () => Iterable<string>,
    readonly set?: (name: string, value: Value) => void,
    /** It stands in for an installed package that was not found. */
    readonly standsIn = false,
  ) {}

  /** Why it has not got a name. */
  lacks(name: string): string {
    const [root] = this.name.split('.');
    return this.standsIn
      ? `${this.name}.${name}: ${root} was not found in a Python environment`
      : `${this.name} has no ${name}`;
  }
}

export class Property {
  constructor(
    readonly getter: Value,
    readonly setter?: Value,
  ) {}
}

export class StaticMethod {
  constructor(readonly method: Value) {}
}

export class ClassMethod {
  constructor(readonly method: Value) {}
}

export class SuperValue {
  constructor(
    readonly owner: ClassValue,
    readonly receiver: Value,
  ) {}
}

/** An iterator over values that are all known already. */
export class Iterator_ {
  at = 0;
  constructor(readonly items: readonly Value[]) {}
}

export const none = null;

/** Equal hashes mean equal keys. */
export function hashOf(value: Value): unknown {
  if (value instanceof Float) return Number.isInteger(value.value) ? value.value : `f${value.value}`;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') return `s${value}`;
  if (value instanceof Tuple) return `t${value.items.map((item) => tagOf(hashOf(item))).join(',')}`;
  return value;
}

const tags = new WeakMap<object, number>();
let nextTag = 1;
function tagOf(hash: unknown): string {
  if (typeof hash !== 'object' || hash === null) return String(hash);
  let tag = tags.get(hash);
  if (tag === undefined) tags.set(hash, (tag = nextTag++));
  return `#${tag}`;
}
