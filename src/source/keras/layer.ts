import type { Machine } from '../evaluate/machine';
import { bind, type Bound } from '../evaluate/signature';
import { objectType } from '../library/types';
import type { LayerKind } from '../sourceModel';
import { addParameter } from '../torch/layers/define';
import { layerOf, LayerState } from '../torch/layerState';
import { setAttributeOfModule } from '../torch/registration';
import { like } from '../torch/shapes';
import { Tensor } from '../values/tensor';
import {
  ClassValue,
  Instance,
  List,
  Native,
  Property,
  Tuple,
  Unknown,
  type Arguments,
  type Value,
} from '../values/values';

/** `keras.layers.Layer`; shapes have their channels last. */
export const layerType = new ClassValue('Layer', [objectType]);
layerType.isModule = true;
layerType.attributes_.set('__setattr__', setAttributeOfModule);
layerType.tracksLists = true;

export function isKeras(cls: ClassValue): boolean {
  return cls.mro.includes(layerType);
}

/** Names a layer as Keras does: `conv2d`, `conv2d_1`, ... */
export function nameLayer(self: Instance, given: Value | undefined, machine: Machine): void {
  if (typeof given === 'string') {
    self.attributes.set('name', given);
    return;
  }
  const base = self.cls.name
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
  const count = machine.counters.get(base) ?? 0;
  machine.counters.set(base, count + 1);
  self.attributes.set('name', count === 0 ? base : `${base}_${count}`);
}

function method(name: string, call: (self: Instance, args: Arguments, machine: Machine) => Value): void {
  layerType.attributes_.set(
    name,
    new Native(
      name,
      ({ positional: [self, ...positional], keywords }, machine) =>
        self instanceof Instance ? call(self, { positional, keywords }, machine) : new Unknown('not a layer'),
      true,
    ),
  );
}

method('__init__', (self, { keywords }, machine) => {
  nameLayer(self, keywords.get('name'), machine);
  return null;
});
method('build', () => null);
method('add_loss', () => null);
method('get_config', () => new Unknown('configuration of a layer'));
method('add_weight', (self, { positional, keywords }, machine) => {
  const shape =
    keywords.get('shape') ??
    positional.find((value) => value instanceof Tuple || value instanceof List) ??
    new Tuple([]);
  const sizes = machine.items(shape);
  const dims = sizes instanceof Unknown ? [NaN] : sizes.map((size) => (typeof size === 'number' ? size : NaN));
  const given = keywords.get('name') ?? positional.find((value) => typeof value === 'string');
  const name = typeof given === 'string' ? given : `weight_${self.attributes.size}`;
  const tensor = addParameter(self, `${name}_`, dims);
  tensor.madeAt = machine.frame;
  self.attributes.delete(`${name}_`);
  self.attributes.set(`_${name}`, tensor);
  return tensor;
});

/** `(None, 7, 7, 512)` of what it gave when it was called first. */
const outputShape = new Native('output_shape', ({ positional: [self] }) => {
  const shapeOf = (value: Value | undefined): Value => {
    if (value instanceof Tensor) return shapeValue([NaN, ...value.shape.slice(1)]);
    if (value instanceof List || value instanceof Tuple) return new List(value.items.map(shapeOf));
    return new Unknown('shape of what was not computed');
  };
  return shapeOf(self instanceof Instance ? self.attributes.get('output') : undefined);
});
layerType.attributes_.set('output_shape', new Property(outputShape));

/** Calls a layer: builds its weights for the shape at the first time, and notes it for the model around. */
method('__call__', (self, args, machine) => {
  const [input] = args.positional;
  const called = machine.attribute(self, 'call');
  if (called === undefined) return new Unknown(`${self.cls.name} has no call`);
  if (!self.attributes.has('built') && !(input instanceof Unknown)) {
    self.attributes.set('built', true);
    const build = machine.attribute(self, 'build');
    if (build !== undefined && input instanceof Tensor) machine.callWith(build, shapeValue(input.shape));
  }
  const outermost = machine.moduleDepth === 0;
  if (outermost) machine.trace.called(self);
  if (outermost && !machine.examples.has(self)) machine.examples.set(self, args.positional);
  machine.moduleDepth++;
  let result: Value;
  try {
    result = machine.call(called, args);
  } finally {
    machine.moduleDepth--;
  }
  if (outermost) {
    // What passes its input on is still a step on the way to the outputs.
    if (result instanceof Tensor && result === input) result = like(result, result.shape);
    machine.trace.note(result, [...args.positional, ...args.keywords.values()], self);
  }
  // What a user's own class calls so stays.
  if (outermost && input !== undefined && !self.attributes.has('output')) {
    if (!self.attributes.has('input')) self.attributes.set('input', input);
    self.attributes.set('output', result);
  }
  return result;
});

export function shapeValue(shape: readonly number[]): Tuple {
  return new Tuple(shape.map((size) => (Number.isNaN(size) ? null : size)));
}

export interface KerasDefinition {
  readonly name: string;
  readonly signature: string;
  readonly kind?: LayerKind;
  readonly settings?: readonly string[];
  readonly setUp?: (self: Instance, bound: Bound) => void;
  /** Makes the weights for the shape of the first input. */
  readonly build?: (self: Instance, shape: readonly number[], attributes: Attributes) => void;
  /** By default the input passes. */
  readonly call?: (input: Tensor, attributes: Attributes, self: Instance, machine: Machine) => Value;
  /** Takes what it is called with as it is: a tensor or several. */
  readonly callAny?: (input: Value, attributes: Attributes, machine: Machine) => Value;
  /** Takes a list of tensors. */
  readonly merge?: (inputs: readonly Tensor[], attributes: Attributes) => Value;
}

export type Attributes = Readonly<Record<string, Value>>;

const common =
  'name=None, trainable=True, dtype=None, input_shape=None, input_dim=None, batch_input_shape=None, **kwargs';

export function defineKeras(definition: KerasDefinition): ClassValue {
  const { name, kind, build, call, callAny, merge, setUp } = definition;
  const cls = new ClassValue(name, [layerType]);
  // Of a name that a layer has for itself (the vocabulary of an Embedding) the layer's own is meant.
  const rest = definition.signature.startsWith('input_dim') ? common.replace('input_dim=None, ', '') : common;
  const signature = definition.signature === '' ? rest : `${definition.signature}, ${rest}`;
  const settings =
    definition.settings ?? definition.signature.split(/,(?![^(]*\))/).map((part) => part.trim().split('=')[0]);
  const set = (key: string, use: (self: Instance, args: Arguments, machine: Machine) => Value): void => {
    cls.attributes_.set(
      key,
      new Native(
        key,
        ({ positional: [self, ...positional], keywords }, machine) =>
          self instanceof Instance ? use(self, { positional, keywords }, machine) : new Unknown('not a layer'),
        true,
      ),
    );
  };
  /** Layers of images compute channels last; of one that is given them first, the channels go to the end and back. */
  const isFirst = (attributes: Attributes): boolean => attributes.data_format === 'channels_first';
  const applied = (input: Tensor, attributes: Attributes, self: Instance, machine: Machine): Value => {
    if (call === undefined) {
      layerOf(self)?.use(input.shape, input.shape, 0);
      return new Tensor(input.shape);
    }
    if (!isFirst(attributes)) return call(input, attributes, self, machine);
    const state = layerOf(self);
    const unused = state?.uses === 0;
    const result = call(new Tensor(channelsLast(input.shape)), attributes, self, machine);
    const output = result instanceof Tensor && result.shape.length === input.shape.length;
    if (state !== undefined && unused && output) {
      state.input = input.shape;
      state.output = channelsFirst(result.shape);
    }
    return output ? new Tensor(channelsFirst(result.shape)) : result;
  };
  set('__init__', (self, args, machine) => {
    const bound = bind(signature, args, name);
    for (const key of Object.keys(bound)) if (key !== 'name' && key !== 'kwargs') self.attributes.set(key, bound[key]);
    // Keras takes 'SAME' as well.
    const { padding } = bound;
    if (typeof padding === 'string') self.attributes.set('padding', padding.toLowerCase());
    if (kind !== undefined) self.state = new LayerState({ op: name, kind, settings });
    nameLayer(self, bound.name, machine);
    setUp?.(self, bound);
    return null;
  });
  if (build !== undefined)
    set('build', (self, { positional: [shape] }) => {
      const sizes = shape instanceof Tuple ? shape.items.map((size) => (typeof size === 'number' ? size : NaN)) : [];
      const attributes = Object.fromEntries(self.attributes);
      build(self, isFirst(attributes) ? channelsLast(sizes) : sizes, attributes);
      return null;
    });
  set('call', (self, { positional: [input] }, machine) => {
    const attributes = Object.fromEntries(self.attributes);
    if (callAny !== undefined) return input instanceof Unknown ? input : callAny(input, attributes, machine);
    if (merge !== undefined) {
      const items = machine.items(input);
      if (items instanceof Unknown) return items;
      const tensors = items.filter((item) => item instanceof Tensor);
      return tensors.length === items.length ? merge(tensors, attributes) : new Unknown('one of the inputs is unknown');
    }
    if (!(input instanceof Tensor)) return input instanceof Unknown ? input : new Unknown('the input is not a tensor');
    return applied(input, attributes, self, machine);
  });
  return cls;
}

function channelsLast([batch, channels, ...spatial]: readonly number[]): number[] {
  return [batch, ...spatial, channels];
}

function channelsFirst(shape: readonly number[]): number[] {
  return [shape[0], shape[shape.length - 1], ...shape.slice(1, -1)];
}
