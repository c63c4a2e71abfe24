import { LayerState, type LayerSpec } from '../torch/layerState';
import { Tensor } from '../values/tensor';
import { Instance, type Value } from '../values/values';
import { isPlain } from './watch';

/** A module of the pattern: what it was made with, and which of its attributes are parts of their own. */
export interface ModulePart {
  readonly cls: Instance['cls'];
  readonly madeAt: Instance['madeAt'];
  readonly spec: LayerSpec | undefined;
  /** In the places of tensors the copies that the program never sees. */
  readonly attributes: Map<string, Value>;
  /** The same by their order, with the number of the part that each holds, or -1 for a plain value. */
  readonly names: readonly string[];
  readonly values: readonly Value[];
  readonly held: readonly number[];
  /** Those of them that are modules. */
  readonly modules: readonly { readonly name: string; readonly number: number }[];
}

interface TensorPart {
  /** A copy that the program never sees. */
  readonly tensor: Tensor;
  /** The name under which a module owns it, and the number of that module; -1 for none. */
  readonly name: string | undefined;
  owner: number;
}

type Part = ModulePart | TensorPart;

export function isModulePart(part: Part): part is ModulePart {
  return 'cls' in part;
}

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

  private addModule(module: Instance, numbers: Map<Value, number>): boolean {
    const { cls, madeAt, state, hidden } = module;
    if (hidden !== undefined) return false;
    if (state !== undefined && !(state instanceof LayerState && state.uses === 0)) return false;
    const held: number[] = [];
    const modules: { name: string; number: number }[] = [];
    const number = this.parts.length;
    numbers.set(module, number);
    const attributes = new Map(module.attributes);
    const [names, values] = [[...attributes.keys()], [...attributes.values()]];
    this.parts.push({ cls, madeAt, spec: state?.spec, attributes, names, values, held, modules });
    if (state !== undefined) this.layers.push(number);
    for (let at = 0; at < values.length; at++) {
      const value = values[at];
      const isPart = value instanceof Instance || value instanceof Tensor;
      if (!isPart && !isPlain(value)) return false;
      const known = numbers.get(value);
      held.push(isPart ? (known ?? this.parts.length) : -1);
      if (isPart && known === undefined) {
        if (value instanceof Tensor ? !this.addTensor(value, numbers) : !this.addModule(value, numbers)) return false;
      }
      if (value instanceof Instance) modules.push({ name: names[at], number: held[at] });
      if (!(value instanceof Tensor)) continue;
      if (known !== undefined) this.sharesTensors = true;
      attributes.set(names[at], (this.parts[held[at]] as TensorPart).tensor);
    }
    return true;
  }

  private addTensor(tensor: Tensor, numbers: Map<Value, number>): boolean {
    if (tensor.uses !== undefined || tensor.origin !== undefined) return false;
    numbers.set(tensor, this.parts.length);
    this.parts.push({ tensor: copiedTensor(tensor), name: tensor.owner?.name, owner: -1 });
    return true;
  }

  /** What a module holds by the numbers of the pattern, when it is like it in all but what its layers have counted. */
  match(module: Instance): readonly Value[] | undefined {
    const found: Value[] = [];
    if (!this.matches(module, 0, found)) return undefined;
    for (let number = 0; number < found.length; number++) {
      const part = this.parts[number];
      if (!('tensor' in part)) continue;
      const { owner } = found[number] as Tensor;
      if (owner?.name !== part.name || owner?.module !== found[part.owner]) return undefined;
    }
    // No two parts became one.
    return new Set(found).size === found.length ? found : undefined;
  }

  /** What its layers have counted, by the parts of a module like it, in the order in which they were registered. */
  states(parts: readonly (Value | undefined)[]): LayerState[] {
    return this.layers.map((number) => (parts[number] as Instance).state as LayerState);
  }

  private matches(value: Value, number: number, found: Value[]): boolean {
    if (number < found.length) return found[number] === value;
    const part = this.parts[number];
    found.push(value);
    if ('tensor' in part) return value instanceof Tensor && isLikeTensor(value, part.tensor);
    if (!(value instanceof Instance) || value.cls !== part.cls || value.hidden !== undefined) return false;
    const { state } = value;
    if ((state instanceof LayerState ? state.spec : undefined) !== part.spec) return false;
    if (value.attributes.size !== part.attributes.size) return false;
    // Children run in the order in which they were registered.
    const { names, values, held } = part;
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

/** Another tensor like it, that belongs to nothing. */
export function copiedTensor({ shape, dtype, data, parameter, madeAt }: Tensor): Tensor {
  const copy = new Tensor(shape, dtype, data, parameter);
  copy.madeAt = madeAt;
  return copy;
}
