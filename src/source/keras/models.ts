import type { Machine } from '../evaluate/machine';
import { layerOf, type LayerState } from '../torch/layerState';
import { allModules, childrenOf } from '../torch/moduleTree';
import { asNumber } from '../torch/shapes';
import { Tensor, type Dims } from '../values/tensor';
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
import { isKeras, layerType, nameLayer, shapeValue } from './layer';
import { tensorsOf } from './trace';

/** What a layer inside a functional model counted while the model was put together. */
type Counted = Pick<LayerState, 'uses' | 'macs' | 'input' | 'output'>;

/**
 * What a functional model connects. It ran once, for one sample, when it was put together; called as a layer, it counts the
 * same again for every sample that it gets.
 */
export class Graph {
  private readonly counted = new Map<LayerState, Counted>();
  private called = false;

  constructor(
    readonly inputs: readonly Tensor[],
    readonly outputs: Value,
    model: Instance,
  ) {
    for (const layer of allModules(model)) {
      const state = layerOf(layer);
      if (state) this.counted.set(state, { ...state });
    }
  }

  /** Counts a call with so many times the samples, and gives the outputs for them. */
  call(times: number): Value {
    for (const [state, { uses, macs, input, output }] of this.counted) {
      // The first call is the one that was counted already, unless that was forgotten.
      if (!this.called && state.uses >= uses) state.take(uses, macs);
      state.use(enlarged(input, times), enlarged(output, times), times * macs, uses);
    }
    this.called = true;
    return mapped(this.outputs, ({ shape }) => new Tensor(enlarged(shape, times)!));
  }
}

function enlarged(shape: Dims | undefined, times: number): Dims | undefined {
  return shape && [times * shape[0], ...shape.slice(1)];
}

function mapped(value: Value, map: (tensor: Tensor) => Tensor): Value {
  if (value instanceof Tensor) return map(value);
  if (value instanceof List) return new List(value.items.map((item) => mapped(item, map)));
  if (value instanceof Tuple) return new Tuple(value.items.map((item) => mapped(item, map)));
  return value;
}

export const modelType = new ClassValue('Model', [layerType]);
export const sequentialType = new ClassValue('Sequential', [modelType]);

function define(
  cls: ClassValue,
  name: string,
  use: (self: Instance, args: Arguments, machine: Machine) => Value,
): void {
  cls.attributes_.set(
    name,
    new Native(
      name,
      ({ positional: [self, ...positional], keywords }, machine) =>
        self instanceof Instance ? use(self, { positional, keywords }, machine) : new Unknown('not a model'),
      true,
    ),
  );
}

/** A symbolic input: batch 1, open sizes unknown. */
export const input = new Native('Input', ({ positional, keywords }, machine) => {
  machine.trace.active = true;
  const shape = keywords.get('shape') ?? positional[0] ?? null;
  const whole = keywords.get('batch_shape') ?? keywords.get('batch_input_shape');
  const sizes = dimensions(whole ?? shape);
  const given = machine.givenInputs?.[machine.inputs++];
  if (sizes === undefined)
    return given ? new Tensor(given) : shape instanceof Unknown ? shape : new Unknown('no shape of an input');
  const own = [1, ...(whole === undefined ? sizes : sizes.slice(1))];
  // What is open in the code, or the whole where it fits.
  const fits =
    given?.length === own.length && own.every((size, at) => at === 0 || Number.isNaN(size) || size === given[at]);
  return new Tensor(fits ? given : own);
});

function dimensions(shape: Value): number[] | undefined {
  if (shape instanceof Tuple || shape instanceof List)
    return shape.items.map((size) => (size === null ? NaN : asNumber(size)));
  if (typeof shape === 'number') return [shape];
  return shape === null ? [] : undefined;
}

/** Children go under their names, so that paths are those of the weights. */
function adopt(self: Instance, layer: Instance, machine: Machine): void {
  const name = layer.attributes.get('name');
  machine.setAttribute(self, typeof name === 'string' ? name : `layer_${childrenOf(self).length}`, layer);
}

define(modelType, '__init__', (self, { positional, keywords }, machine) => {
  const inputs = keywords.get('inputs') ?? keywords.get('input') ?? positional[0];
  const outputs = keywords.get('outputs') ?? keywords.get('output') ?? positional[1];
  nameLayer(self, keywords.get('name') ?? positional[2], machine);
  if (inputs === undefined || outputs === undefined) return null;
  for (const layer of machine.trace.between(tensorsOf(inputs), tensorsOf(outputs))) adopt(self, layer, machine);
  self.state = new Graph(tensorsOf(inputs), outputs, self);
  self.attributes.set('inputs', new List(tensorsOf(inputs)));
  self.attributes.set('input', inputs);
  self.attributes.set('outputs', new List(tensorsOf(outputs)));
  self.attributes.set('output', outputs);
  return null;
});

define(modelType, 'call', (self, { positional: [value] }) => {
  if (!(self.state instanceof Graph)) return new Unknown(`${self.cls.name} has no call`);
  const [given] = tensorsOf(value);
  const [declared] = self.state.inputs;
  return self.state.call(given && declared ? given.shape[0] / declared.shape[0] : 1);
});

const inputLayerType = new ClassValue('InputLayer', [layerType]);

/** The layers in the order of their calls; a functional model's begin with its inputs. */
function layersOf(model: Instance): Value[] {
  const inputs = model.state instanceof Graph ? model.state.inputs : [];
  const first = inputs.map((tensor, at) => {
    const layer = new Instance(inputLayerType);
    layer.attributes.set('name', at === 0 ? 'input_layer' : `input_layer_${at}`);
    layer.attributes.set('output', tensor);
    return layer;
  });
  return [...first, ...childrenOf(model).map(([, layer]) => layer)];
}

const layers = new Native('layers', ({ positional: [self] }) =>
  self instanceof Instance ? new List(layersOf(self)) : new Unknown('not a model'),
);
modelType.attributes_.set('layers', new Property(layers));
define(modelType, 'get_layer', (self, { positional: [name, place], keywords }) => {
  const at = place ?? keywords.get('index');
  if (typeof at === 'number') return layersOf(self).at(at) ?? new Unknown('no such layer');
  const wanted = name ?? keywords.get('name');
  return childrenOf(self).find(([path]) => path === wanted)?.[1] ?? new Unknown('no such layer');
});
define(modelType, 'build', (self, { positional, keywords }) => {
  const shape = positional[0] ?? keywords.get('input_shape');
  // The batch comes first; a list or dict of shapes says more than one input.
  if (shape instanceof Tuple && shape.items.length > 1 && !shape.items.some((size) => size instanceof Tuple))
    self.attributes.set('input_shape', new Tuple(shape.items.slice(1)));
  return null;
});
for (const name of 'compile fit evaluate predict summary load_weights save save_weights'.split(' '))
  define(modelType, name, () => null);

define(sequentialType, '__init__', (self, { positional, keywords }, machine) => {
  nameLayer(self, keywords.get('name') ?? positional[1], machine);
  const layers = machine.items(positional[0] ?? keywords.get('layers') ?? new List([]));
  if (!(layers instanceof Unknown)) for (const layer of layers) add(self, layer, machine);
  return null;
});
define(sequentialType, 'add', (self, { positional: [layer] }, machine) => {
  add(self, layer, machine);
  return null;
});
define(sequentialType, 'pop', (self) => {
  const last = childrenOf(self).pop();
  if (last !== undefined) self.attributes.delete(last[0]);
  return null;
});
define(sequentialType, 'call', (self, { positional: [value] }, machine) => {
  let result = value;
  for (const layer of self.attributes.values()) {
    if (layer instanceof Instance && layer.cls.isModule) result = machine.callWith(layer, result);
    else if (layer instanceof Unknown) result = layer;
  }
  return result;
});

function add(self: Instance, layer: Value, machine: Machine): void {
  if (layer instanceof Tensor) self.attributes.set('input_shape', shapeValue(layer.shape.slice(1)));
  else if (layer instanceof Instance) {
    const shape = layer.attributes.get('input_shape');
    const count = layer.attributes.get('input_dim');
    if (childrenOf(self).length === 0 && shape instanceof Tuple) self.attributes.set('input_shape', shape);
    // An Embedding's input_dim is its vocabulary.
    else if (childrenOf(self).length === 0 && typeof count === 'number' && layer.cls.name === 'Dense')
      self.attributes.set('input_shape', new Tuple([count]));
    else if (childrenOf(self).length === 0 && layer.state instanceof Graph && layer.state.inputs.length === 1)
      self.attributes.set('input_shape', shapeValue(layer.state.inputs[0].shape.slice(1)));
    adopt(self, layer, machine);
  } else if (layer instanceof Unknown) self.attributes.set(`unknown_${self.attributes.size}`, layer);
}

/** Whether it can be called: a class of its own that trains others need not. */
export function isCallable({ cls, state }: Instance): boolean {
  return state instanceof Graph || cls.lookup('call') !== modelType.own('call');
}

/** A layer of Keras that would have made its weights when it was called. */
export function isUnbuilt({ cls, attributes }: Instance): boolean {
  if (!isKeras(cls) || cls.isSubclassOf(modelType) || attributes.has('built')) return false;
  return cls.lookup('build') !== layerType.own('build');
}

/** Inputs that the model itself states, batch 1; `undefined` when it does not. */
export function declaredInputs(model: Instance): number[][] | undefined {
  if (model.state instanceof Graph) return model.state.inputs.map(({ shape }) => [...shape]);
  const shape = model.attributes.get('input_shape');
  return shape instanceof Tuple ? [[1, ...(dimensions(shape) ?? [])]] : undefined;
}
