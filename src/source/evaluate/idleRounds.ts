import type { Statement } from '../syntax/ast';
import type { Scope } from '../values/scope';
import { Tensor } from '../values/tensor';
import { Instance, Tuple, type ClassValue, type Native, type Value } from '../values/values';
import type { RarerExpression } from './expressions';
import type { Machine } from './machine';
import { isPlain, plainKey, type Watch } from './watch';

/** What a round of a loop saw of its object, and the steps it took. */
interface IdleRound {
  readonly names: readonly string[];
  readonly shapes: boolean;
  readonly seen: string;
  readonly steps: number;
}

/**
 * Leaves out rounds of a loop over objects. A round that changed nothing leaves the world as it was; another one on an object
 * that is the same in all the first one saw does nothing either. Models set their weights in such loops, at length and to no
 * effect on shapes.
 */
export class IdleRounds {
  private rounds: Map<ClassValue, IdleRound[]> | undefined;

  constructor(private readonly machine: Machine) {}

  /** Whether the round of this object may be left out. Counts its steps all the same. */
  skips(item: Value): boolean {
    if (this.rounds === undefined || this.machine.watch !== undefined || !(item instanceof Instance)) return false;
    const round = this.rounds
      .get(item.cls)
      ?.find(({ names, shapes, seen }) => names.length === 0 || seenOf(item, names, shapes) === seen);
    if (round === undefined) return false;
    this.machine.pass(round.steps);
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
      this.rounds ??= new Map();
      const idle = { names, shapes, seen, steps: machine.steps - steps };
      const known = this.rounds.get(item.cls);
      if (known === undefined) this.rounds.set(item.cls, [idle]);
      else known.push(idle);
    } else this.rounds = undefined;
    return completion;
  }
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

  name(_: Scope, __: string, value: Value): void {
    if (value === this.item) this.open++;
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
