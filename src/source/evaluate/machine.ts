import type { CallNode, Chunk, Expression, Span, Statement } from '../syntax/ast';
import type { Scope } from '../values/scope';
import {
  noKeywords,
  Unknown,
  type Arguments,
  type ClassValue,
  type Frame,
  type Instance,
  type Value,
} from '../values/values';
import { getAttribute, setAttribute } from './attributes';
import { callFunction, callValue, withFirst } from './calls';
import { evaluateExpression } from './expressions';
import { iterate } from './iterate';
import { typeMethodOf } from './methods';
import { Trace } from '../keras/trace';
import { GaveUp } from './raised';
import { executeBlock, type Completion } from './statements';
import { Touched } from './touched';
import { Twins } from './twins';
import type { Watch } from './watch';

export interface UnknownAt {
  readonly chunk: Chunk;
  readonly span: Span;
  readonly reason: string;
}

/** Finds modules for `import`. */
export interface Importer {
  /** The module, or `undefined` when it cannot be found. `from` is the importing file. */
  load(name: string, level: number, from: string): Value | undefined;
  /** Why it cannot be found. */
  reason(name: string, level: number): string;
  /** Enters definitions in the registries that their decorators name; false when there are none left to enter. */
  register(): boolean;
}

const maximumDepth = 120;

/**
 * Evaluates Python abstractly: numbers, strings and containers exactly, tensors by their shapes, everything else as unknown
 * with a reason. One machine serves one model, so that nothing leaks from one model into the next.
 */
export class Machine {
  steps = 0;
  /** That of what is under way; the constructors of modules in it are bound by the whole limit alone. */
  stepLimit: number;
  /** Statement around the evaluation, for the places of unknown values. */
  chunk: Chunk | undefined;
  frame: Frame | undefined;
  private readonly outermost = new Map<CallNode, Frame>();
  /** Number of `try` bodies around: errors go to their handlers instead of becoming unknown on the spot. */
  guarded = 0;
  /** Shape conflicts and other errors of the model itself. */
  errors = 0;
  /** A part of the model could not be made, or one that is not known was called: its totals are unknown. */
  lost = false;
  readonly unknown = new Map<string, UnknownAt>();
  /** Uses of what modules have that were not found. */
  readonly missing = new Map<string, UnknownAt>();
  readonly touched = new Touched();
  /** Modules that functions of the analysed files returned, for totals per function. */
  readonly returned: { chunk: Chunk; from: number; module: Instance; frame: Frame | undefined }[] = [];
  /** Modules made by no other module, in order, each with the number of unknown places before it. */
  readonly made: { readonly module: Instance; readonly notes: number; readonly misses: number }[] = [];
  /** Whether the constructor of such a module is under way. */
  making = false;
  /** First tensor arguments of calls of outermost modules, by module: examples of input shapes. */
  readonly examples = new Map<Instance, readonly Value[]>();
  /** Shapes that the inputs of functional Keras models are to have where the code leaves them open, and how many were made. */
  givenInputs: readonly (readonly number[])[] | undefined;
  inputs = 0;
  /** What functional Keras models connect. */
  readonly trace = new Trace();
  /** Looks on while something runs that may not have to run again. */
  watch: Watch | undefined;
  readonly twins = new Twins(this);
  /** Calls of modules under way. */
  moduleDepth = 0;
  /** Variables of the environment that the code has set; no other is. */
  readonly environment = new Map<string, Value>();
  /** Names of automatically named Keras layers. */
  readonly counters = new Map<string, number>();

  constructor(
    readonly importer: Importer,
    readonly builtins: ReadonlyMap<string, Value>,
    /** Steps of the whole evaluation. */
    readonly wholeLimit: number,
  ) {
    this.stepLimit = wholeLimit;
  }

  /** Whether an operation may be one of a functional Keras model. */
  get traces(): boolean {
    return this.trace.active && this.moduleDepth === 0;
  }

  evaluate(expression: Expression, scope: Scope): Value {
    if (++this.steps > this.stepLimit) throw new GaveUp(`more than ${this.stepLimit} steps`);
    return evaluateExpression(this, expression, scope);
  }

  /** Counts steps that need not be taken. */
  pass(steps: number): void {
    this.steps += steps;
    if (this.steps > this.stepLimit) throw new GaveUp(`more than ${this.stepLimit} steps`);
  }

  execute(statements: readonly Statement[], scope: Scope): Completion | undefined {
    return executeBlock(this, statements, scope);
  }

  /** Calls a value; `node` is the call in the text, when there is one. */
  call(callee: Value, args: Arguments, node?: CallNode): Value {
    if (node === undefined) return callValue(this, callee, args);
    const parent = this.frame;
    if (parent !== undefined) parent.inner ??= new Map();
    const frames = parent?.inner ?? this.outermost;
    let frame = frames.get(node);
    if (frame === undefined) {
      const depth = (parent?.depth ?? 0) + 1;
      if (depth > maximumDepth) throw new GaveUp('calls nested too deeply');
      frames.set(node, (frame = { node, parent, depth }));
    }
    this.frame = frame;
    try {
      return callValue(this, callee, args);
    } finally {
      this.frame = parent;
    }
  }

  callWith(callee: Value, ...positional: Value[]): Value {
    return callValue(this, callee, { positional, keywords: noKeywords });
  }

  callMethod(owner: ClassValue, receiver: Value, name: string, args: Arguments): Value | undefined {
    const method = owner.lookup(name);
    if (method === undefined) return undefined;
    return callFunction(this, method, withFirst(receiver, args));
  }

  attribute(object: Value, name: string): Value | undefined {
    return getAttribute(this, object, name);
  }

  /** A method read from a built-in type. */
  typeMethod(cls: ClassValue, name: string): Value | undefined {
    return typeMethodOf(this, cls.name, name);
  }

  setAttribute(object: Value, name: string, value: Value): void {
    setAttribute(this, object, name, value);
  }

  /** Items of an iterable, or the reason why they are unknown. */
  items(iterable: Value): readonly Value[] | Unknown {
    return iterate(this, iterable);
  }

  /** An unknown value that is first met here. */
  unknownAt(span: Span, reason: string): Unknown {
    this.note(span, reason);
    return new Unknown(reason);
  }

  note(span: Span, reason: string): void {
    this.watch?.fail();
    this.tell(this.unknown, span, reason);
  }

  /** A part of the model is not known. */
  lose(): void {
    this.watch?.fail();
    this.lost = true;
  }

  /** A use of what a module has that was not found. */
  miss(span: Span, reason: string): void {
    this.watch?.fail();
    this.tell(this.missing, span, reason);
  }

  private tell(places: Map<string, UnknownAt>, span: Span, reason: string): void {
    const { chunk } = this;
    if (chunk === undefined || places.size >= maximumNotes) return;
    const key = `${chunk.file}:${chunk.start + span.from}:${reason}`;
    if (!places.has(key)) places.set(key, { chunk, span, reason });
  }

  /** All places that could not be evaluated. */
  get places(): { unknown: UnknownAt[]; missing: UnknownAt[] } {
    return { unknown: [...this.unknown.values()], missing: [...this.missing.values()] };
  }
}

const maximumNotes = 200;
