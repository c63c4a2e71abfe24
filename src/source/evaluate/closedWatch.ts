import type { Statement } from '../syntax/ast';
import type { Scope } from '../values/scope';
import type { ClassValue, Native, Value } from '../values/values';
import type { RarerExpression } from './expressions';
import type { Machine } from './machine';
import { isPlain, type Watch } from './watch';

const statements = new Set<Statement['kind']>([
  'expression',
  'assign',
  'annotate',
  'update',
  'if',
  'for',
  'while',
  'return',
  'raise',
  'assert',
  'pass',
  'break',
  'continue',
]);

/** A function made in the code would keep names of it alive. */
const unfit = new Set<RarerExpression['kind']>(['lambda', 'yield', 'await', 'walrus', 'hole']);

/**
 * Looks on while code runs that is given plain values, or objects of which all is known, and fails when anything else comes in
 * from the world around, or something goes out to it other than by the result. What does not fail is a function of what it was
 * given, as long as no class and no module changes.
 */
export class ClosedWatch implements Watch {
  failed = false;

  constructor(
    private readonly machine: Machine,
    private readonly outer: Watch | undefined,
  ) {}

  /** The code around took part in it. */
  fail(): void {
    this.failed = true;
    this.machine.watch = undefined;
    this.outer?.fail();
  }

  /** Ends it; the watch around goes on. */
  close(): void {
    if (!this.failed) this.machine.watch = this.outer;
  }

  private allow(harmless: boolean): void {
    if (!harmless) this.fail();
  }

  statement({ kind }: Statement): void {
    this.allow(statements.has(kind));
  }

  expression({ kind }: RarerExpression): void {
    this.allow(!unfit.has(kind));
  }

  /** Names of the call under way hold what it was given or made itself. */
  name(scope: Scope, name: string, value: Value): void {
    let at: Scope | undefined = scope;
    while (at?.kind === 'comprehension' && !at.names.has(name)) at = at.parent;
    if (at !== undefined && at.kind !== 'module' && at.kind !== 'class' && at.names.has(name)) return;
    for (at = at?.parent; at !== undefined; at = at.parent)
      if (at.kind !== 'module' && at.names.has(name)) {
        this.fail();
        return;
      }
    this.allow(isPlain(value) && scope.kind !== 'module' && scope.kind !== 'class');
  }

  outside(value: Value): void {
    this.allow(isPlain(value));
  }

  attribute(): void {
    // Objects within reach are its own.
  }

  compared(): void {
    // As are all others.
  }

  tensor(): void {
    // Tensors, too.
  }

  iterated(): void {
    // And iterators.
  }

  entered(): void {
    // Its code is looked at.
  }

  native({ harmless }: Native): void {
    this.allow(harmless);
  }

  constructed({ harmless }: ClassValue): void {
    this.allow(harmless);
  }
}
