import { layerOf, LayerState } from '../torch/layerState';
import { Tensor, type Dims, type Dtype } from '../values/tensor';
import { Instance, type Arguments, type ClassValue, type Value } from '../values/values';
import { ClosedWatch } from './closedWatch';
import type { Machine } from './machine';
import { identityKey, isPlain, plainKey } from './watch';

/** What one call of a module did: its result, and what its layers counted. */
interface Run {
  readonly shape: Dims;
  readonly dtype: Dtype;
  readonly steps: number;
  readonly layers: readonly LayerState[];
}

/** How modules of one class made with equal arguments at one place come out. */
interface Making {
  /** Never seen by the program, so that it stays as it was made. */
  readonly pattern: Instance;
  readonly steps: number;
  readonly returned: Machine['returned'];
  /** By what they are called with. */
  readonly runs: Map<string, Run>;
}

/**
 * Makes and runs a module once and repeats what came out for its twins: networks are built of many equal blocks. Only what is
 * shown to depend on its arguments alone is repeated (`ClosedWatch`), and only on modules that are still as they were made.
 */
export class Twins {
  private readonly makings = new Map<string, Making>();
  private readonly made = new Map<Instance, Making>();

  constructor(private readonly machine: Machine) {}

  /** A class or module changed: what was found out may hold no longer. */
  forget(): void {
    this.makings.clear();
    this.machine.watch?.fail();
  }

  make(cls: ClassValue, args: Arguments, plainly: () => Value): Value {
    const { machine } = this;
    const key = cls.isModule && cls.node !== undefined ? this.keyOf(cls, args) : undefined;
    if (key === undefined) return plainly();
    machine.watch?.entered();
    const known = this.makings.get(key);
    if (known !== undefined) {
      const copies = new Map<Value, Value>();
      const twin = copied(known.pattern, copies);
      machine.pass(known.steps);
      for (const { module, ...call } of known.returned) {
        const copy = copies.get(module);
        if (copy instanceof Instance) machine.returned.push({ ...call, module: copy });
      }
      this.made.set(twin, known);
      return twin;
    }
    const { steps } = machine;
    const { length } = machine.returned;
    const { value, closed } = this.watched(plainly);
    if (!closed || !(value instanceof Instance) || !isClosed(value)) return value;
    const copies = new Map<Value, Value>();
    const pattern = copied(value, copies);
    const returned = machine.returned.slice(length).flatMap(({ module, ...call }) => {
      const copy = copies.get(module);
      return copy instanceof Instance ? [{ ...call, module: copy }] : [];
    });
    const making = { pattern, steps: machine.steps - steps, returned, runs: new Map<string, Run>() };
    this.makings.set(key, making);
    this.made.set(value, making);
    return value;
  }

  run(module: Instance, { positional, keywords }: Arguments, plainly: () => Value): Value {
    const { machine } = this;
    const making = this.made.get(module);
    const [input] = positional;
    if (making === undefined || positional.length !== 1 || keywords.size > 0 || !isShape(input)) return plainly();
    machine.watch?.entered();
    const layers: LayerState[] = [];
    if (!isLike(module, making.pattern, layers, new Map())) return plainly();
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
    const pairs: Pairs = new Map();
    if (!closed || !isShape(value) || value === input || machine.returned.length > length) return value;
    // Neither changed nor given out.
    if (!isLike(module, making.pattern, [], pairs) || pairs.has(value)) return value;
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

  private keyOf(cls: ClassValue, { positional, keywords }: Arguments): string | undefined {
    const { frame, guarded } = this.machine;
    if (frame === undefined) return undefined;
    let key = `${identityKey(cls)} ${identityKey(frame)} ${guarded}`;
    for (const value of positional) {
      const part = plainKey(value);
      if (part === undefined) return undefined;
      key += ` ${part}`;
    }
    for (const [name, value] of keywords) {
      const part = plainKey(value);
      if (part === undefined) return undefined;
      key += ` ${name}=${part}`;
    }
    return key;
  }
}

/** A tensor of which nothing but the shape is known, that belongs to nothing. */
function isShape(value: Value): value is Tensor {
  return value instanceof Tensor && !value.parameter && value.data === undefined && value.origin === undefined;
}

/** Whether a new module holds nothing but plain values, its parameters, and modules like it. */
function isClosed(module: Instance): boolean {
  const state = module.state;
  if (state !== undefined && !(state instanceof LayerState && state.uses === 0)) return false;
  for (const value of module.attributes.values()) {
    if (value instanceof Instance) {
      if (!isClosed(value)) return false;
    } else if (value instanceof Tensor) {
      if (value.uses !== undefined || value.origin !== undefined) return false;
    } else if (!isPlain(value)) return false;
  }
  return true;
}

/** A copy of a closed module; `copies` tells what became what. */
function copied(module: Instance, copies: Map<Value, Value>): Instance {
  const known = copies.get(module);
  if (known instanceof Instance) return known;
  const copy = new Instance(module.cls, module.madeAt, new Map(module.attributes));
  copies.set(module, copy);
  const state = layerOf(module);
  if (state !== undefined) copy.state = new LayerState(state.spec);
  module.attributes.forEach((value, name) => {
    if (value === null || typeof value !== 'object') return;
    if (value instanceof Instance) copy.attributes.set(name, copied(value, copies));
    else if (value instanceof Tensor) copy.attributes.set(name, copiedTensor(value, copies));
  });
  return copy;
}

function copiedTensor(tensor: Tensor, copies: Map<Value, Value>): Tensor {
  const known = copies.get(tensor);
  if (known instanceof Tensor) return known;
  const copy = new Tensor(tensor.shape, tensor.dtype, tensor.data, tensor.parameter);
  copy.madeAt = tensor.madeAt;
  copies.set(tensor, copy);
  if (tensor.owner !== undefined) copy.owner = { module: copied(tensor.owner.module, copies), name: tensor.owner.name };
  return copy;
}

/** What stands for what while a module is compared with its pattern, in both directions. */
type Pairs = Map<Value, Value>;

/** Whether two values may stand for each other; `undefined` when they are not known yet, and from now on do. */
function pair(value: Value, pattern: Value, pairs: Pairs): boolean | undefined {
  const [known, back] = [pairs.get(pattern), pairs.get(value)];
  if (known !== undefined || back !== undefined) return known === value && back === pattern;
  pairs.set(pattern, value);
  pairs.set(value, pattern);
  return undefined;
}

/** Whether a module is as its pattern in all but what its layers have counted; `layers` gets its layers in order. */
function isLike(module: Instance, pattern: Instance, layers: LayerState[], pairs: Pairs): boolean {
  const known = pair(module, pattern, pairs);
  if (known !== undefined) return known;
  if (module.cls !== pattern.cls || module.attributes.size !== pattern.attributes.size) return false;
  const state = layerOf(module);
  if (state?.spec !== layerOf(pattern)?.spec) return false;
  if (state !== undefined) layers.push(state);
  // Children run in the order in which they were registered.
  const others = module.attributes.entries();
  for (const [name, value] of pattern.attributes) {
    const [otherName, other] = others.next().value!;
    if (otherName !== name) return false;
    if (other === value && (value === null || typeof value !== 'object' || isPlain(value))) continue;
    if (value instanceof Instance) {
      if (!(other instanceof Instance && isLike(other, value, layers, pairs))) return false;
    } else if (!(value instanceof Tensor && other instanceof Tensor && isLikeTensor(other, value, pairs))) return false;
  }
  return true;
}

function isLikeTensor(tensor: Tensor, pattern: Tensor, pairs: Pairs): boolean {
  const known = pair(tensor, pattern, pairs);
  if (known !== undefined) return known;
  const { owner } = pattern;
  return (
    tensor.shape === pattern.shape &&
    tensor.dtype === pattern.dtype &&
    tensor.data === pattern.data &&
    tensor.parameter === pattern.parameter &&
    tensor.uses === undefined &&
    tensor.origin === undefined &&
    tensor.owner?.name === owner?.name &&
    (owner === undefined || pairs.get(owner.module) === tensor.owner?.module)
  );
}
