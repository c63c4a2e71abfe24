import type { LayerState } from '../torch/layerState';
import { Tensor, type Dims, type Dtype } from '../values/tensor';
import { Instance, type Arguments, type ClassValue, type Value } from '../values/values';
import { ClosedWatch } from './closedWatch';
import { makeLayer } from './layerPatterns';
import type { Machine } from './machine';
import { CopiedModules, ModulePattern } from './modulePattern';
import { argumentsKey, identityOf, plainKey } from './watch';

/** What one call of a module did: its result, and what its layers counted. */
interface Run {
  readonly shape: Dims;
  readonly dtype: Dtype;
  readonly steps: number;
  readonly layers: readonly LayerState[];
}

/** How modules of one class made with equal arguments at one place come out. */
interface Making {
  readonly pattern: ModulePattern;
  readonly steps: number;
  /** Calls that returned one of its modules, and the number of that. */
  readonly returned: readonly { readonly call: Machine['returned'][number]; readonly number: number }[];
  /** By what they are called with. */
  readonly runs: Map<string, Run>;
}

interface Made {
  readonly making: Making;
  /** For a twin. */
  readonly copies?: CopiedModules;
}

/**
 * Makes and runs a module once and repeats what came out for its twins: networks are built of many equal blocks. Only what is
 * shown to depend on its arguments alone is repeated (`ClosedWatch`), and only on modules that are still as they were made.
 */
export class Twins {
  private readonly makings = new Map<string, Making>();
  private readonly made = new Map<Instance, Made>();

  constructor(private readonly machine: Machine) {}

  /** A class or module changed: what was found out may hold no longer. */
  forget(): void {
    this.makings.clear();
    this.made.forEach(({ making }) => making.runs.clear());
    this.machine.watch?.fail();
  }

  make(cls: ClassValue, args: Arguments, plainly: () => Value): Value {
    const { machine } = this;
    if (cls.harmless) return makeLayer(machine, cls, args, plainly);
    const key = cls.isModule && cls.node !== undefined ? this.keyOf(cls, args) : undefined;
    if (key === undefined) return plainly();
    machine.watch?.entered();
    const known = this.makings.get(key);
    if (known !== undefined) {
      const copies = new CopiedModules(known.pattern);
      machine.pass(known.steps);
      for (const { call, number } of known.returned)
        machine.returned.push({ ...call, module: copies.parts[number] as Instance });
      this.made.set(copies.module, { making: known, copies });
      return copies.module;
    }
    const { steps } = machine;
    const { length } = machine.returned;
    const { value, closed } = this.watched(plainly);
    if (!closed || !(value instanceof Instance)) return value;
    const numbers = new Map<Value, number>();
    const pattern = ModulePattern.of(value, numbers);
    if (pattern === undefined) return value;
    const returned = machine.returned.slice(length).flatMap((call) => {
      const number = numbers.get(call.module);
      return number === undefined ? [] : [{ call, number }];
    });
    const making = { pattern, steps: machine.steps - steps, returned, runs: new Map<string, Run>() };
    this.makings.set(key, making);
    this.made.set(value, { making });
    return value;
  }

  run(module: Instance, { positional, keywords }: Arguments, plainly: () => Value): Value {
    const { machine } = this;
    const made = this.made.get(module);
    const [input] = positional;
    if (made === undefined || positional.length !== 1 || keywords.size > 0 || !isShape(input)) return plainly();
    machine.watch?.entered();
    const { making, copies } = made;
    const parts = copies?.untouched === true ? copies.parts : making.pattern.match(module);
    if (parts === undefined) return plainly();
    const layers = making.pattern.states(parts);
    const key = `${input.dtype} ${input.shape.join()} ${machine.guarded} ${machine.frame?.depth ?? 0}`;
    const known = making.runs.get(key);
    if (known !== undefined) {
      machine.pass(known.steps);
      known.layers.forEach((state, at) => layers[at].add(state));
      return new Tensor(known.shape, known.dtype);
    }
    if (layers.some(({ uses }) => uses > 0)) return plainly();
    const { steps } = machine;
    const { length } = machine.returned;
    const { value, closed } = this.watched(plainly);
    if (!closed || !isShape(value) || value === input || machine.returned.length > length) return value;
    // Neither changed nor given out.
    const after = making.pattern.match(module);
    if (after === undefined || after.includes(value)) return value;
    const { shape, dtype } = value;
    making.runs.set(key, { shape, dtype, steps: machine.steps - steps, layers: layers.map((state) => state.copy()) });
    return value;
  }

  private watched(run: () => Value): { value: Value; closed: boolean } {
    const { machine } = this;
    const watch = new ClosedWatch(machine, machine.watch);
    machine.watch = watch;
    try {
      return { value: run(), closed: !watch.failed };
    } finally {
      watch.close();
    }
  }

  private keyOf(cls: ClassValue, args: Arguments): string | undefined {
    const { frame, guarded } = this.machine;
    const key = frame === undefined ? undefined : argumentsKey(args, plainKey);
    return key === undefined ? undefined : `${identityOf(cls)} ${identityOf(frame!)} ${guarded}${key}`;
  }
}

/** A tensor of which nothing but the shape is known, that belongs to nothing. */
function isShape(value: Value): value is Tensor {
  return value instanceof Tensor && !value.parameter && value.data === undefined && value.origin === undefined;
}
