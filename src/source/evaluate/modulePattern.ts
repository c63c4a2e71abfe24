import { LayerState, type LayerSpec } from '../torch/layerState';
import { Tensor } from '../values/tensor';
import { Instance, type CopiedAttributes, type Frame, type Value } from '../values/values';
import { isPlain } from './watch';

/** A module of the pattern: what it was made with, and which of its attributes are parts of their own. */
interface ModulePart {
  readonly cls: Instance['cls'];
  readonly madeAt: Frame | undefined;
  readonly spec: LayerSpec | undefined;
  /** In the places of tensors the copies that the program never sees. */
  readonly attributes: ReadonlyMap<string, Value>;
  /** The same by their order: plain values, and with -1 for those the numbers of the parts that are held. */
  readonly names: readonly string[];
  readonly values: readonly Value[];
  readonly held: readonly number[];
  /** Those of them that are layers or models. */
  readonly children: readonly { readonly name: string; readonly number: number }[];
}

interface TensorPart {
  /** A copy that the program never sees. */
  readonly tensor: Tensor;
  /** The name under which a module owns it, and the number of that module; -1 for none. */
  readonly name: string | undefined;
  owner: number;
}

type Part = ModulePart | TensorPart;

/**
 * What a module was when it was made: a snapshot in which the modules and tensors that it holds are numbered in the order in
 * which they are first met, so that shared ones keep their number. Copies can be made of it, and modules compared with it.
 */
export class ModulePattern {
  readonly parts: Part[] = [];
  /** Numbers of the modules that are layers, in the order in which their parents registered them. */
  private readonly layers: number[] = [];
  /** Whether it holds a tensor more than once. */
  sharesTensors = false;
  /** Whether it is one module with its tensors. */
  holdsNoObject = true;

  private constructor() {}

  /**
   * The pattern of a new module that holds nothing but plain values, its parameters and modules like it; undefined for others.
   * `numbers` gets what is which part.
   */
  static of(module: Instance, numbers: Map<Value, number>): ModulePattern | undefined {
    const pattern = new ModulePattern();
    if (!pattern.addModule(module, numbers)) return undefined;
    for (const [value, at] of numbers) {
      const part = pattern.parts[at];
      if (!(value instanceof Tensor && 'tensor' in part) || value.owner === undefined) continue;
      const owner = numbers.get(value.owner.module);
      if (owner === undefined) return undefined;
      part.owner = owner;
    }
    return pattern;
  }

  /** That of a layer, for copies that are made anywhere; undefined when it holds more than plain values and its parameters. */
  static ofLayer(layer: Instance): ModulePattern | undefined {
    const pattern = ModulePattern.of(layer, new Map());
    if (pattern?.holdsNoObject !== true) return undefined;
    pattern.parts[0] = { ...(pattern.parts[0] as ModulePart), madeAt: undefined };
    return pattern;
  }

  private addModule(module: Instance, numbers: Map<Value, number>): boolean {
    const { cls, madeAt, state, hidden, copied } = module;
    if (hidden !== undefined) return false;
    if (state !== undefined && !(state instanceof LayerState && state.uses === 0)) return false;
    const number = this.parts.length;
    if (number > 0) this.holdsNoObject = false;
    numbers.set(module, number);
    if (state !== undefined) this.layers.push(number);
    if (copied instanceof CopiedPart && copied.pattern.holdsNoObject) {
      this.addCopy(copied, madeAt);
      return true;
    }
    const held: number[] = [];
    const children: { name: string; number: number }[] = [];
    const attributes = new Map(module.attributes);
    const [names, values] = [[...attributes.keys()], [...attributes.values()]];
    this.parts.push({ cls, madeAt, spec: state?.spec, attributes, names, values, held, children });
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      const isPart = value instanceof Instance || value instanceof Tensor;
      if (!isPart && !isPlain(value)) return false;
      const known = numbers.get(value);
      held.push(isPart ? (known ?? this.parts.length) : -1);
      if (!isPart) continue;
      // The pattern does not keep them alive.
      values[at] = null;
      if (known === undefined)
        if (value instanceof Tensor ? !this.addTensor(value, numbers) : !this.addModule(value, numbers)) return false;
      if (value instanceof Instance) {
        if (value.cls.isModule) children.push({ name: names[at], number: held[at] });
        continue;
      }
      if (known !== undefined) this.sharesTensors = true;
      attributes.set(names[at], (this.parts[held[at]] as TensorPart).tensor);
    }
    return true;
  }

  /** A copy of which nobody has asked for the attributes, so that what it holds is its own. */
  private addCopy({ part, pattern }: CopiedPart, madeAt: Frame | undefined): void {
    const number = this.parts.length;
    const held = [...part.held];
    this.parts.push({ ...part, madeAt, held });
    part.held.forEach((holds, at) => {
      if (holds < 0) return;
      held[at] = this.parts.length;
      const { tensor, name } = pattern.parts[holds] as TensorPart;
      this.parts.push({ tensor, name, owner: name === undefined ? -1 : number });
    });
  }

  private addTensor(tensor: Tensor, numbers: Map<Value, number>): boolean {
    if (tensor.uses !== undefined || tensor.origin !== undefined) return false;
    numbers.set(tensor, this.parts.length);
    this.parts.push({ tensor: copiedTensor(tensor), name: tensor.owner?.name, owner: -1 });
    return true;
  }

  /**
   * What a module holds by the numbers of the pattern, when it is like it in all but what its layers have counted; undefined in
   * the places of tensors that nobody has asked for.
   */
  match(module: Instance): readonly (Value | undefined)[] | undefined {
    const found: (Value | undefined)[] = [];
    if (!this.matches(module, 0, found)) return undefined;
    for (let number = 0; number < found.length; number++) {
      const part = this.parts[number];
      const tensor = found[number];
      if (!('tensor' in part) || !(tensor instanceof Tensor)) continue;
      const { owner } = tensor;
      if (owner?.name !== part.name || owner?.module !== found[part.owner]) return undefined;
    }
    // No two parts became one.
    const known = found.filter((value) => value !== undefined);
    return new Set(known).size === known.length ? found : undefined;
  }

  /** What its layers have counted, by the parts of a module like it, in the order in which they were registered. */
  states(parts: readonly (Value | undefined)[]): LayerState[] {
    return this.layers.map((number) => (parts[number] as Instance).state as LayerState);
  }

  private matches(value: Value, number: number, found: (Value | undefined)[]): boolean {
    if (number < found.length) return found[number] === value;
    const part = this.parts[number];
    found.push(value);
    if ('tensor' in part) return value instanceof Tensor && isLikeTensor(value, part.tensor);
    if (!(value instanceof Instance) || value.cls !== part.cls || value.hidden !== undefined) return false;
    const { state, copied } = value;
    if ((state instanceof LayerState ? state.spec : undefined) !== part.spec) return false;
    const { names, values, held } = part;
    if (copied?.attributes === part.attributes && copied instanceof CopiedPart && copied.pattern.holdsNoObject) {
      held.forEach((holds) => {
        if (holds >= 0) found.push(undefined);
      });
      return true;
    }
    if (value.attributes.size !== part.attributes.size) return false;
    // Children run in the order in which they were registered.
    let at = 0;
    let alike = true;
    value.attributes.forEach((own, name) => {
      if (!alike) return;
      const holds = held[at];
      alike = name === names[at] && (holds < 0 ? own === values[at] : this.matches(own, holds, found));
      at++;
    });
    return alike;
  }
}

function copiedTensor({ shape, dtype, data, parameter, madeAt }: Tensor): Tensor {
  const copy = new Tensor(shape, dtype, data, parameter);
  copy.madeAt = madeAt;
  return copy;
}

function isLikeTensor(tensor: Tensor, pattern: Tensor): boolean {
  return (
    tensor.shape === pattern.shape &&
    tensor.dtype === pattern.dtype &&
    tensor.data === pattern.data &&
    tensor.parameter === pattern.parameter &&
    tensor.uses === undefined &&
    tensor.origin === undefined
  );
}

/**
 * A new module like that of a pattern, with all modules in it. Their attributes and tensors are made when somebody asks for
 * them: of most copies only their number and what their layers count is ever wanted.
 */
export class CopiedModules {
  /** By the numbers of the pattern; tensors once they are made. */
  readonly parts: (Instance | Tensor | undefined)[];
  /** Whether all of them still are as they were copied, as nobody could have changed them. */
  untouched = true;

  /** @param madeAt where its outermost module is made, if that is another place than that of the pattern */
  constructor(
    readonly pattern: ModulePattern,
    madeAt?: Frame,
  ) {
    this.parts = pattern.parts.map((part, number) => {
      if ('tensor' in part) return undefined;
      const place = number === 0 ? (madeAt ?? part.madeAt) : part.madeAt;
      const copy = new Instance(part.cls, place, new CopiedPart(this, part));
      if (part.spec !== undefined) copy.state = new LayerState(part.spec);
      return copy;
    });
    // Of a tensor that is held twice it must be seen that it is one.
    if (pattern.sharesTensors) for (const part of this.parts) if (part instanceof Instance) void part.attributes;
  }

  get module(): Instance {
    return this.parts[0] as Instance;
  }

  /** The part of a number, made if it is a tensor that nobody asked for before. */
  part(number: number): Instance | Tensor {
    return (this.parts[number] ??= this.tensor(this.pattern.parts[number] as TensorPart));
  }

  private tensor({ tensor, name, owner }: TensorPart): Tensor {
    const copy = copiedTensor(tensor);
    if (name !== undefined) copy.owner = { module: this.parts[owner] as Instance, name };
    return copy;
  }
}

/** The attributes of one of the copied modules. */
class CopiedPart implements CopiedAttributes {
  constructor(
    private readonly copies: CopiedModules,
    readonly part: ModulePart,
  ) {}

  get pattern(): ModulePattern {
    return this.copies.pattern;
  }

  get attributes(): ReadonlyMap<string, Value> {
    return this.part.attributes;
  }

  eachModule(use: (name: string, module: Instance) => void): void {
    const { children } = this.part;
    for (let at = 0; at < children.length; at++)
      use(children[at].name, this.copies.parts[children[at].number] as Instance);
  }

  make(): Map<string, Value> {
    this.copies.untouched = false;
    const made = new Map<string, Value>();
    this.part.held.forEach((number, at) => {
      made.set(this.part.names[at], number < 0 ? this.part.values[at] : this.copies.part(number));
    });
    return made;
  }
}
