import { Raised } from '../../evaluate/raised';
import type { Bound } from '../../evaluate/signature';
import { elementsOf, Tensor } from '../../values/tensor';
import { Native, Tuple, Unknown, type ClassValue, type Instance, type Value } from '../../values/values';
import { nativeOf } from '../functions/define';
import { layerOf } from '../layerState';
import { asNumber, itemsOr, like, shapeText } from '../shapes';
import { addParameter, defineLayer, isOn } from './define';

const gateCounts: Readonly<Record<string, number>> = { RNN: 1, GRU: 3, LSTM: 4 };

function setUp(self: Instance, bound: Bound, gates: number): void {
  const hidden = asNumber(bound.hidden_size);
  const projected = asNumber(bound.proj_size ?? 0);
  const directions = isOn(bound.bidirectional) ? 2 : 1;
  const output = projected > 0 ? projected : hidden;
  self.attributes.set('bias', isOn(bound.bias));
  for (let layer = 0; layer < asNumber(bound.num_layers); layer++)
    for (let direction = 0; direction < directions; direction++) {
      const suffix = `_l${layer}${direction === 1 ? '_reverse' : ''}`;
      const inputs = layer === 0 ? asNumber(bound.input_size) : output * directions;
      addParameter(self, `weight_ih${suffix}`, [gates * hidden, inputs]);
      addParameter(self, `weight_hh${suffix}`, [gates * hidden, output]);
      if (isOn(bound.bias)) {
        addParameter(self, `bias_ih${suffix}`, [gates * hidden]);
        addParameter(self, `bias_hh${suffix}`, [gates * hidden]);
      }
      if (projected > 0) addParameter(self, `weight_hr${suffix}`, [projected, hidden]);
    }
}

/** Every weight matrix meets every step of every sequence once. */
function run(self: Instance, input: Value, name: string): Value {
  if (!(input instanceof Tensor)) return input instanceof Unknown ? input : new Unknown('the input is not a tensor');
  const attribute = (key: string): Value => self.attributes.get(key) ?? null;
  const directions = isOn(attribute('bidirectional')) ? 2 : 1;
  const projected = asNumber(attribute('proj_size') ?? 0);
  const hidden = asNumber(attribute('hidden_size'));
  const output = projected > 0 ? projected : hidden;
  const steps = elementsOf(input.shape.slice(0, -1));
  const weights = [...self.attributes.values()].filter(
    (value): value is Tensor => value instanceof Tensor && value.shape.length === 2,
  );
  const result = like(input, [...input.shape.slice(0, -1), output * directions]);
  layerOf(self)?.use(
    input.shape,
    result.shape,
    weights.reduce((sum, weight) => sum + steps * elementsOf(weight.shape), 0),
  );
  const batch = input.shape.length < 3 ? [] : [input.shape[isOn(attribute('batch_first')) ? 0 : 1]];
  const state = like(input, [asNumber(attribute('num_layers')) * directions, ...batch, output]);
  const cell = like(input, [asNumber(attribute('num_layers')) * directions, ...batch, hidden]);
  return new Tuple([result, name === 'LSTM' ? new Tuple([state, cell]) : state]);
}

const flattenParameters = new Native('flatten_parameters', () => null);
flattenParameters.harmless = true;

function recurrent(name: string): ClassValue {
  const cls = defineLayer({
    name,
    kind: 'recurrent',
    signature:
      'input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0, bidirectional=False, proj_size=0, ' +
      "nonlinearity='tanh', device=None, dtype=None",
    setUp: (self, bound) => setUp(self, bound, gateCounts[name]),
    forward: (self, { input }) => run(self, input, name),
  });
  cls.attributes_.set('flatten_parameters', flattenParameters);
  return cls;
}

function cell(name: string): ClassValue {
  return defineLayer({
    name: `${name}Cell`,
    kind: 'recurrent',
    signature: "input_size, hidden_size, bias=True, nonlinearity='tanh', device=None, dtype=None",
    setUp: (self, bound) => {
      const gates = gateCounts[name] * asNumber(bound.hidden_size);
      addParameter(self, 'weight_ih', [gates, asNumber(bound.input_size)]);
      addParameter(self, 'weight_hh', [gates, asNumber(bound.hidden_size)]);
      if (isOn(bound.bias)) for (const key of ['bias_ih', 'bias_hh']) addParameter(self, key, [gates]);
      self.attributes.set('bias', isOn(bound.bias));
    },
    forward: (self, { input }) => {
      if (!(input instanceof Tensor)) return input;
      if (input.shape.length > 2)
        throw new Raised('AssertionError', `one step of a ${name} got ${shapeText(input.shape)}`);
      const hidden = asNumber(self.attributes.get('hidden_size'));
      const result = like(input, [...input.shape.slice(0, -1), hidden]);
      const inputs = asNumber(self.attributes.get('input_size'));
      const steps = elementsOf(input.shape.slice(0, -1));
      layerOf(self)?.use(input.shape, result.shape, steps * gateCounts[name] * hidden * (inputs + hidden));
      return name === 'LSTM' ? new Tuple([result, result]) : result;
    },
  });
}

export const recurrentLayers: Readonly<Record<string, ClassValue>> = Object.fromEntries(
  Object.keys(gateCounts).flatMap((name): [string, ClassValue][] => [
    [name, recurrent(name)],
    [`${name}Cell`, cell(name)],
  ]),
);

const first = new Native('first', ({ positional: [value = null] }) => value);

/**
 * Sequences of several lengths are packed and padded again around a layer; for shapes, all are as long as the longest, in the
 * order of dimensions that the layer has.
 */
export const sequencePacking: Readonly<Record<string, Value>> = {
  pack_padded_sequence: first,
  pad_sequence: nativeOf('pad_sequence', [
    "sequences, batch_first=False, padding_value=0.0, padding_side='right'",
    ({ sequences, batch_first }, machine) => {
      const given = itemsOr(machine, sequences).filter((sequence) => sequence instanceof Tensor);
      if (given.length === 0) return new Unknown('sequences that are not known');
      const longest = Math.max(...given.map(({ shape }) => shape[0]));
      const both = isOn(batch_first) ? [given.length, longest] : [longest, given.length];
      return like(given[0], [...both, ...given[0].shape.slice(1)]);
    },
  ]),
  pad_packed_sequence: new Native('pad_packed_sequence', ({ positional: [value = null], keywords }) => {
    const { shape } = value instanceof Tensor ? value : new Tensor([NaN, NaN]);
    const batch = isOn(keywords.get('batch_first') ?? null) ? shape[0] : shape[1];
    return new Tuple([value, new Tensor([batch], 'int64')]);
  }),
};
