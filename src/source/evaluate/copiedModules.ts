import { LayerState } from '../torch/layerState';
import type { Tensor } from '../values/tensor';
import { Instance, type CopiedAttributes, type Value } from '../values/values';
import { copiedTensor, isModulePart, type ModulePart, type ModulePattern } from './modulePattern';

/**
 * A new module like that of a pattern, with all modules in it. Their attributes and tensors are made when somebody asks for
 * them: of most copies only their number and what their layers count is ever wanted.
 */
export class CopiedModules {
  /** By the numbers of the pattern; tensors once they are made. */
  readonly parts: (Instance | Tensor | undefined)[];
  /** Whether all of them still are as they were copied, as nobody could have changed them. */
  untouched = true;

  constructor(readonly pattern: ModulePattern) {
    this.parts = pattern.parts.map((part) => (isModulePart(part) ? this.copyOf(part) : undefined));
    // Of a tensor that is held twice it must be seen that it is one.
    if (pattern.sharesTensors) for (const part of this.parts) if (part instanceof Instance) void part.attributes;
  }

  get module(): Instance {
    return this.parts[0] as Instance;
  }

  private copyOf(part: ModulePart): Instance {
    const copy = new Instance(part.cls, part.madeAt, new CopiedPart(this, part));
    if (part.spec !== undefined) copy.state = new LayerState(part.spec);
    return copy;
  }

  /** The part of a number, made if it is a tensor that nobody asked for before. */
  part(number: number): Instance | Tensor {
    return (this.parts[number] ??= this.tensor(number));
  }

  private tensor(number: number): Tensor {
    const part = this.pattern.parts[number];
    if (isModulePart(part)) throw new Error(`part ${number} is a module`);
    const copy = copiedTensor(part.tensor);
    if (part.name !== undefined) copy.owner = { module: this.parts[part.owner] as Instance, name: part.name };
    return copy;
  }
}

/** The attributes of one of the copied modules. */
class CopiedPart implements CopiedAttributes {
  constructor(
    private readonly copies: CopiedModules,
    private readonly part: ModulePart,
  ) {}

  get pattern(): ReadonlyMap<string, Value> {
    return this.part.attributes;
  }

  eachObject(use: (name: string, object: Instance) => void): void {
    const { parts } = this.copies;
    for (const { name, number } of this.part.modules) use(name, parts[number] as Instance);
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
