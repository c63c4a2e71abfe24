import type { Machine } from '../evaluate/machine';
import { childrenOf } from '../torch/moduleTree';
import { asNumber } from '../torch/shapes';
import { Tensor } from '../values/tensor';
import { ClassValue, Dict, Instance, List, Native, Tuple, Unknown, type Arguments, type Value } from '../values/values';
import { layerType, nameLayer, shapeValue } from './layer';

/** What a functional model connects. */
export class Graph {
  constructor(
    readonly inputs: readonly Tensor[],
    readonly outputs: Value,
  ) {}
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

function tensorsOf(value: Value | undefined): Tensor[] {
  if (value instanceof Tensor) return [value];
  if (value instanceof List || value instanceof Tuple) return value.items.flatMap(tensorsOf);
  if (value instanceof Dict) return value.values().flatMap(tensorsOf);
  return [];
}

/** A symbolic input: batch 1, open sizes unknown. */
export const input = new Native('Input', ({ positional, keywords }) => {
  const shape = keywords.get('shape') ?? positional[0] ?? null;
  const whole = keywords.get('batch_shape') ?? keywords.get('batch_input_shape');
  const sizes = dimensions(whole ?? shape);
  return new Tensor(whole === undefined ? [1, ...sizes] : [1, ...sizes.slice(1)]);
});

function dimensions(shape: Value): number[] {
  if (shape instanceof Tuple || shape instanceof List)
    return shape.items.map((size) => (size === null ? NaN : asNumber(size)));
  return typeof shape === 'number' ? [shape] : [];
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
  // Every layer that was called since the last model belongs to this one.
  for (const layer of machine.called) adopt(self, layer, machine);
  machine.called.length = 0;
  self.state = new Graph(tensorsOf(inputs), outputs);
  self.attributes.set('inputs', inputs);
  self.attributes.set('input', inputs);
  self.attributes.set('outputs', outputs);
  self.attributes.set('output', outputs);
  return null;
});

/** A functional model was run when it was put together: called again as a layer, it gives the shapes it has. */
define(modelType, 'call', (self) => {
  if (!(self.state instanceof Graph)) return new Unknown(`${self.cls.name} has no call`);
  const { outputs } = self.state;
  return outputs instanceof Tensor ? new Tensor(outputs.shape) : outputs;
});
define(modelType, 'get_layer', (self, { positional: [name], keywords }) => {
  const wanted = name ?? keywords.get('name');
  return childrenOf(self).find(([path]) => path === wanted)?.[1] ?? new Unknown('no such layer');
});
define(modelType, 'build', () => null);
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
define(sequentialType, 'build', (self, { positional: [shape] }) => {
  if (shape instanceof Tuple && shape.items.length > 1)
    self.attributes.set('input_shape', new Tuple(shape.items.slice(1)));
  return null;
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
    adopt(self, layer, machine);
  } else if (layer instanceof Unknown) self.attributes.set(`unknown_${self.attributes.size}`, layer);
}

/** Inputs that the model itself states, batch 1; `undefined` when it does not. */
export function declaredInputs(model: Instance): number[][] | undefined {
  if (model.state instanceof Graph) return model.state.inputs.map(({ shape }) => [...shape]);
  const shape = model.attributes.get('input_shape');
  return shape instanceof Tuple ? [[1, ...dimensions(shape)]] : undefined;
}
