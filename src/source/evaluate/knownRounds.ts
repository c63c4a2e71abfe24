import { knownModule } from '../library/modules';
import type { Statement } from '../syntax/ast';
import type { Scope } from '../values/scope';
import { ClassValue, ModuleValue, Native, type Value } from '../values/values';
import type { Machine } from './machine';
import { dataKey } from './watch';

/** What a round of a loop saw of its object, and the steps it took. */
export interface IdleRound {
  readonly names: readonly string[];
  readonly shapes: boolean;
  readonly seen: string;
  readonly steps: number;
}

/** Most rounds that are remembered of one loop. */
const maximumRounds = 100;

/** Rounds of one loop that changed nothing, for as long as what its names mean is the same in every evaluation. */
export class KnownRounds {
  private readonly names = new Map<string, Value>();
  private readonly rounds = new Map<ClassValue, IdleRound[]>();
  private count = 0;

  of(cls: ClassValue): readonly IdleRound[] | undefined {
    return this.rounds.get(cls);
  }

  /** Keeps a round on a layer of a framework that looked up these names, if another evaluation could have the same. */
  add(cls: ClassValue, round: IdleRound, names: ReadonlyMap<string, Value>): boolean {
    if (!cls.isModule || cls.node !== undefined || this.count >= maximumRounds) return false;
    for (const value of names.values()) if (!isCommon(value)) return false;
    names.forEach((value, name) => this.names.set(name, value));
    const known = this.rounds.get(cls);
    if (known === undefined) this.rounds.set(cls, [round]);
    else known.push(round);
    this.count++;
    return true;
  }

  /** Whether all names mean what they meant. */
  holds(machine: Machine, scope: Scope): boolean {
    for (const [name, before] of this.names) {
      const value = scope.get(name) ?? machine.builtins.get(name);
      if (value === undefined || !isSame(value, before)) return false;
    }
    return true;
  }
}

/** Whether they are the same object, or equal data. */
function isSame(a: Value, b: Value): boolean {
  if (a === b) return true;
  const key = dataKey(a);
  return key !== undefined && key === dataKey(b);
}

/** Whether it is plain data, or of a library that we model and so the same for all evaluations; others keep one alive. */
function isCommon(value: Value): boolean {
  if (value instanceof Native) return value.sees !== 'all';
  if (value instanceof ClassValue) return value.harmless;
  if (value instanceof ModuleValue) return knownModule(value.name) === value;
  return dataKey(value) !== undefined;
}

const known = new WeakMap<Statement, KnownRounds>();

/** What is known of a loop where its names mean what they mean in the scope. */
export function knownRounds(machine: Machine, loop: Statement, scope: Scope): KnownRounds {
  let rounds = known.get(loop);
  if (rounds?.holds(machine, scope) !== true) known.set(loop, (rounds = new KnownRounds()));
  return rounds!;
}
