import type { Machine } from '../../evaluate/machine';
import { bind, type Bound } from '../../evaluate/signature';
import type { LayerKind } from '../../sourceModel';
import { Tensor } from '../../values/tensor';
import { ClassValue, Instance, Native, Tuple, Unknown, type Value } from '../../values/values';
import { LayerState } from '../layerState';
import { moduleType } from '../module';

export interface LayerDefinition {
  readonly name: string;
  /** Arguments of the constructor as in PyTorch. They become attributes of the same names. */
  readonly signature: string;
  readonly base?: ClassValue;
  /** Given for layers with weights. */
  readonly kind?: LayerKind;
  /** Attributes that are told as settings; by default all arguments but `device` and `dtype`. */
  readonly settings?: readonly string[];
  /** Part of the path after the module's own. */
  readonly suffix?: string;
  /** Makes parameters and attributes that are not plain arguments. */
  readonly setUp?: (self: Instance, bound: Bound, machine: Machine) => void;
  /** Arguments of `forward`; `input` by default. */
  readonly forwardSignature?: string;
  /** By default the input passes unchanged. */
  readonly forward?: (self: Instance, bound: Bound, machine: Machine) => Value;
}

/** Makes a class of `torch.nn`. */
export function defineLayer(definition: LayerDefinition): ClassValue {
  const { name, signature, kind, setUp, forward, forwardSignature = 'input, *args, **kwargs' } = definition;
  const cls = new ClassValue(name, [definition.base ?? moduleType]);
  const settings =
    definition.settings ??
    signature
      .split(/,(?![^(]*\))/)
      .map((part) => part.trim().replace(/^\*+/, '').split('=')[0])
      .filter((part) => part !== '' && !hidden.has(part));
  const spec = kind === undefined ? undefined : { op: name, kind, settings, suffix: definition.suffix };
  const methods = [
    new Native(
      '__init__',
      (args, machine) => {
        const self = args.positional[0];
        if (!(self instanceof Instance)) return null;
        const bound = bind(signature, args, name, 1);
        for (const key of Object.keys(bound)) if (!hidden.has(key)) self.attributes.set(key, bound[key]);
        if (spec !== undefined) self.state = new LayerState(spec);
        setUp?.(self, bound, machine);
        return null;
      },
      true,
    ),
    new Native(
      'forward',
      (args, machine) => {
        const self = args.positional[0];
        if (!(self instanceof Instance)) return new Unknown(`${name} without an object`);
        const bound = bind(forwardSignature, args, name, 1);
        return forward === undefined ? bound.input : forward(self, bound, machine);
      },
      true,
    ),
  ];
  for (const native of methods) {
    native.harmless = true;
    cls.attributes_.set(native.name, native);
  }
  cls.harmless = true;
  return cls;
}

const hidden = new Set(['device', 'dtype', 'inplace', 'args', 'kwargs']);

/** Registers a parameter of the module. */
export function addParameter(self: Instance, name: string, shape: readonly number[]): Tensor {
  // Such as a number of words of -1, which the program sets later.
  const sizes = shape.some((size) => size < 0) ? shape.map((size) => (size < 0 ? NaN : size)) : shape;
  const tensor = new Tensor(sizes, 'float32', undefined, true);
  tensor.owner = { module: self, name };
  self.attributes.set(name, tensor);
  return tensor;
}

/** The weight of a layer for its shape: another one like it may stand for it, so that its use must be counted for the layer. */
export function weightOf(self: Instance): Value {
  return self.look.get('weight') ?? null;
}

export function attributeOf(self: Instance, name: string): Value {
  return self.own(name) ?? null;
}

export function tuple(numbers: readonly number[]): Tuple {
  return new Tuple(numbers.map((value) => (Number.isNaN(value) ? new Unknown('a size that is not known') : value)));
}

/** True unless the flag is known to be off. */
export function isOn(flag: Value): boolean {
  return flag !== false && flag !== null && flag !== 0;
}
