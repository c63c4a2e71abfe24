import type { Statement } from '../syntax/ast';
import type { Scope } from '../values/scope';
import { Tensor } from '../values/tensor';
import { Instance, Tuple, type ClassValue, type Native, type Value } from '../values/values';
import type { RarerExpression } from './expressions';
import { KnownRounds, knownRounds, type IdleRound } from './knownRounds';
import type { Machine } from './machine';
import { isPlain, plainKey, type Watch } from './watch';

/**
 * Leaves out rounds of a loop over objects. A round that changed nothing leaves the world as it was; another one on an object
 * that is the same in all the first one saw does nothing either. Models set their weights in such loops, at length and to no
 * effect on shapes.
 */
export class IdleRounds {
  private rounds: Map<ClassValue, IdleRound[]> | undefined;
  /** Those that hold in every evaluation, until a round changes something. */
  private common: KnownRounds | 'not asked for' | undefined = 'not asked for';
  /** Steps of the rounds of copies that nobody has looked into, by the attributes that all copies of one object have. */
  private ofCopies = new Map<ReadonlyMap<string, Value>, number>();

  constructor(
    private readonly machine: Machine,
    private readonly loop: Statement,
    private readonly scope: Scope,
  ) {}

  /** Whether the round of this object may be left out. Counts its steps all the same. */
  skips(item: Value): boolean {
    if (this.machine.watch !== undefined || !(item instanceof Instance)) return false;
    const attributes = item.copied?.attributes;
    let steps = attributes && this.ofCopies.get(attributes);
    if (steps === undefined) {
      if (this.common === 'not asked for') this.common = knownRounds(this.machine, this.loop, this.scope);
      const round = found(this.common?.of(item.cls), item) ?? found(this.rounds?.get(item.cls), item);
      if (round === undefined) return false;
      ({ steps } = round);
      if (attributes !== undefined) this.ofCopies.set(attributes, steps);
    }
    this.machine.pass(steps);
    return true;
  }

  /** Runs a round, and remembers it when it changed nothing. */
  run<T extends string | object>(item: Value, round: () => T | undefined): T | undefined {
    const { machine } = this;
    if (machine.watch !== undefined || !(item instanceof Instance)) return round();
    const watch = new IdleWatch(machine, item);
    const { steps } = machine;
    machine.watch = watch;
    let completion: T | undefined;
    try {
      completion = round();
    } finally {
      machine.watch = undefined;
    }
    const { shapes } = watch;
    const names = [...watch.names];
    const seen = seenOf(item, names, shapes);
    if (watch.changedNothing && completion === undefined && seen !== undefined) {
      const idle = { names, shapes, seen, steps: machine.steps - steps };
      if (this.common instanceof KnownRounds && this.common.add(item.cls, idle, watch.read)) return completion;
      this.rounds ??= new Map();
      const known = this.rounds.get(item.cls);
      if (known === undefined) this.rounds.set(item.cls, [idle]);
      else known.push(idle);
    } else {
      this.rounds = this.common = undefined;
      this.ofCopies.clear();
    }
    return completion;
  }
}

/** The round of an object that was the same in all that the round saw. */
function found(rounds: readonly IdleRound[] | undefined, item: Instance): IdleRound | undefined {
  return rounds?.find(({ names, shapes, seen }) => names.length === 0 || seenOf(item, names, shapes) === seen);
}

/** Attributes as far as a round sees them; undefined when it could see more. */
function seenOf({ look }: Instance, names: readonly string[], shapes: boolean): string | undefined {
  let seen = '';
  for (const name of names) {
    const value = look.get(name);
    let key: string | undefined;
    if (value === undefined) key = 'none';
    else if (!(value instanceof Tensor)) key = plainKey(value);
    else if (value.data === undefined) key = `${value.dtype} ${value.parameter} ${shapes ? value.shape.join() : ''}`;
    if (key === undefined) return undefined;
    seen += `${key};`;
  }
  return seen;
}

const statements = new Set<Statement['kind']>(['if', 'expression', 'pass']);

/** Fails at every change, and when more of the object is seen than single attributes and its class. */
class IdleWatch implements Watch {
  /** Attributes that were looked up. */
  readonly names = new Set<string>();
  /** Names that were looked up, but for that of the object. */
  readonly read = new Map<string, Value>();
  shapes = false;
  private failed = false;
  /** Lookups of the object that have not led to an attribute or into a function that sees types alone. */
  private open = 0;

  constructor(
    private readonly machine: Machine,
    private readonly item: Instance,
  ) {}

  get changedNothing(): boolean {
    return !this.failed && this.open === 0;
  }

  fail(): void {
    this.failed = true;
    this.machine.watch = undefined;
  }

  statement({ kind }: Statement): void {
    if (!statements.has(kind)) this.fail();
  }

  expression({ kind }: RarerExpression): void {
    if (kind !== 'tuple') this.fail();
  }

  name(_: Scope, name: string, value: Value): void {
    if (value === this.item) this.open++;
    else this.read.set(name, value);
  }

  outside(): void {
    // The world stays as it is from one idle round to the next.
  }

  attribute(object: Instance, name: string): void {
    if (object !== this.item) return;
    this.open--;
    if (name.startsWith('__')) this.fail();
    else this.names.add(name);
  }

  compared(left: Value, right: Value): void {
    const isObject = (value: Value): boolean => typeof value === 'object' && value !== null;
    const byValue = left instanceof Tuple && right instanceof Tuple && isPlain(left) && isPlain(right);
    const ofTensor = [left, right].some((value) => value instanceof Tensor) && left !== null && right !== null;
    if (ofTensor || (isObject(left) && isObject(right) && !byValue)) this.fail();
  }

  tensor(): void {
    this.shapes = true;
  }

  iterated(): void {
    this.fail();
  }

  entered(): void {
    this.fail();
  }

  native({ sees }: Native, positional: readonly Value[]): void {
    if (sees === 'all') this.fail();
    if (sees === 'shapes') this.shapes = true;
    for (const value of positional) if (value === this.item) this.open--;
  }

  constructed(): void {
    this.fail();
  }
}
