import type { Machine } from '../evaluate/machine';
import { cloned } from '../torch/clone';
import { addParameter, isOn } from '../torch/layers/define';
import { layerOf, LayerState } from '../torch/layerState';
import { asNumber } from '../torch/shapes';
import { elementsOf, Tensor } from '../values/tensor';
import { ClassValue, Instance, Native, Tuple, Unknown, type Value } from '../values/values';
import { defineKeras, layerType } from './layer';

const gateCounts: Readonly<Record<string, number>> = { SimpleRNN: 1, GRU: 3, LSTM: 4 };

/** Input `[N, steps, features]`; every weight matrix meets every step once. */
function recurrent(name: string): ClassValue {
  const gates = gateCounts[name];
  return defineKeras({
    name,
    kind: 'recurrent',
    signature:
      `units, activation='tanh', ${name === 'SimpleRNN' ? '' : "recurrent_activation='sigmoid', "}use_bias=True, ` +
      'return_sequences=False, return_state=False, go_backwards=False, reset_after=True',
    settings: ['units', 'use_bias', 'return_sequences'],
    build: (self, shape, { units, use_bias, reset_after }) => {
      const width = asNumber(units);
      addParameter(self, 'kernel', [shape[shape.length - 1], gates * width]);
      addParameter(self, 'recurrent_kernel', [width, gates * width]);
      // A GRU that resets after the product has a bias for each of its two products.
      const twice = name === 'GRU' && isOn(reset_after);
      if (isOn(use_bias)) addParameter(self, 'bias', twice ? [2, gates * width] : [gates * width]);
    },
    call: (input, { units, return_sequences, return_state }, self) => {
      const width = asNumber(units);
      const [batch, steps, features] = input.shape;
      const shape = isOn(return_sequences) ? [batch, steps, width] : [batch, width];
      layerOf(self)?.use(input.shape, shape, batch * steps * gates * width * (features + width));
      const result = new Tensor(shape);
      if (!isOn(return_state)) return result;
      const state = (): Tensor => new Tensor([batch, width]);
      return new Tuple(name === 'LSTM' ? [result, state(), state()] : [result, state()]);
    },
  });
}

/** One of the projections inside an attention layer, under the name that its weights have. */
const projectionType = new ClassValue('EinsumDense', [layerType]);

interface Projection {
  readonly name: string;
  readonly kernel: readonly number[];
  readonly bias: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
}

function project(self: Instance, { name, kernel, bias, input, output }: Projection, machine: Machine): void {
  const known = self.attributes.get(name);
  const layer = known instanceof Instance ? known : new Instance(projectionType, self.madeAt);
  if (layer !== known) {
    layer.state = new LayerState({ op: projectionType.name, kind: 'linear', settings: [] });
    addParameter(layer, 'kernel', kernel);
    if (isOn(self.attributes.get('use_bias') ?? null)) addParameter(layer, 'bias', bias);
    machine.setAttribute(self, name, layer);
  }
  layerOf(layer)?.use(input, output, elementsOf(output) * input[input.length - 1]);
}

const attention = defineKeras({
  name: 'MultiHeadAttention',
  signature: 'num_heads, key_dim, value_dim=None, dropout=0.0, use_bias=True, output_shape=None, attention_axes=None',
});

attention.attributes_.set(
  'call',
  new Native(
    'call',
    ({ positional: [self, ...given], keywords }, machine) => {
      if (!(self instanceof Instance)) return new Unknown('not a layer');
      const query = given[0] ?? keywords.get('query');
      const value = given[1] ?? keywords.get('value') ?? query;
      const key = given[2] ?? keywords.get('key') ?? value;
      if (!(query instanceof Tensor && value instanceof Tensor && key instanceof Tensor))
        return new Unknown('an input of the attention is unknown');
      const size = (name: string): number => asNumber(self.attributes.get(name) ?? null);
      const heads = size('num_heads');
      const keys = size('key_dim');
      const values = self.attributes.get('value_dim') === null ? keys : size('value_dim');
      const inputs: [string, Tensor, number][] = [
        ['query', query, keys],
        ['key', key, keys],
        ['value', value, values],
      ];
      for (const [name, { shape }, width] of inputs) {
        const kernel = [shape[shape.length - 1], heads, width];
        const output = [...shape.slice(0, -1), heads * width];
        project(self, { name, kernel, bias: [heads, width], input: shape, output }, machine);
      }
      const places = query.shape.slice(0, -1);
      const wanted = self.attributes.get('output_shape') ?? null;
      const width = wanted === null ? query.shape[query.shape.length - 1] : asNumber(wanted);
      const input = [...places, heads * values];
      const output = [...places, width];
      const kernel = [heads, values, width];
      project(self, { name: 'attention_output', kernel, bias: [width], input, output }, machine);
      const result = new Tensor(output);
      if (!isOn(keywords.get('return_attention_scores') ?? false)) return result;
      return new Tuple([result, new Tensor([query.shape[0], heads, query.shape[1], value.shape[1]])]);
    },
    true,
  ),
);

/** Steps are calls of the layer inside, which sees them as a larger batch. */
const timeDistributed = defineKeras({
  name: 'TimeDistributed',
  signature: 'layer',
  call: ({ shape }, { layer }, _self, machine) => {
    if (!(layer instanceof Instance)) return new Unknown('the layer inside is unknown');
    const [batch, steps, ...rest] = shape;
    const result = machine.callWith(layer, new Tensor([batch * steps, ...rest]));
    return result instanceof Tensor ? new Tensor([batch, steps, ...result.shape.slice(1)]) : result;
  },
});

const bidirectional = defineKeras({
  name: 'Bidirectional',
  signature: "layer, merge_mode='concat', weights=None, backward_layer=None",
  setUp: (self, { layer, backward_layer: other }) => {
    self.attributes.delete('layer');
    self.attributes.delete('backward_layer');
    self.attributes.set('forward_layer', layer);
    self.attributes.set('backward_layer', other instanceof Instance ? other : cloned(layer, true));
  },
  call: (input, { forward_layer, backward_layer, merge_mode: mode }, _self, machine) => {
    const [ahead, back] = [forward_layer, backward_layer].map((layer): readonly Value[] => {
      const result = machine.callWith(layer, input);
      return result instanceof Tuple ? result.items : [result];
    });
    const merged = merge(ahead[0], back[0], mode);
    return ahead.length === 1 ? merged : new Tuple([merged, ...ahead.slice(1), ...back.slice(1)]);
  },
});

function merge(ahead: Value, back: Value, mode: Value): Value {
  if (!(ahead instanceof Tensor && back instanceof Tensor)) return new Unknown('what a direction gives is unknown');
  if (mode === null) return new Tuple([ahead, back]);
  const width = ahead.shape[ahead.shape.length - 1];
  const both = mode === 'concat' ? width + back.shape[back.shape.length - 1] : width;
  return new Tensor([...ahead.shape.slice(0, -1), both]);
}

/** Layers over sequences, and those that wrap other layers. */
export const sequenceLayers: Readonly<Record<string, ClassValue>> = {
  ...Object.fromEntries(Object.keys(gateCounts).map((name) => [name, recurrent(name)])),
  MultiHeadAttention: attention,
  TimeDistributed: timeDistributed,
  Bidirectional: bidirectional,
};
