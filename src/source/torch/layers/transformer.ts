import type { Machine } from '../../evaluate/machine';
import { Tensor } from '../../values/tensor';
import { Instance, List, Native, Tuple, Unknown, type ClassValue, type Value } from '../../values/values';
import { cloned } from '../clone';
import { asNumber } from '../shapes';
import { attentionLayers } from './attention';
import { containerLayers } from './containers';
import { attributeOf, defineLayer } from './define';
import { linearLayers } from './linear';
import { normalizationLayers } from './normalization';

function make(
  self: Instance,
  name: string,
  cls: ClassValue,
  positional: Value[],
  named: object,
  machine: Machine,
): void {
  const keywords = new Map(Object.entries(named) as [string, Value][]);
  machine.setAttribute(self, name, machine.call(cls, { positional, keywords }));
}

/** Calls a part; of an attention the result without the scores. */
function run(self: Instance, name: string, machine: Machine, ...inputs: Value[]): Value {
  const result = machine.callWith(attributeOf(self, name), ...inputs);
  return result instanceof Tuple ? result.items[0] : result;
}

/** A layer of an encoder, or of a decoder, which also attends to the encoder's result (`multihead_attn`). */
function transformerLayer(name: string, decodes: boolean): ClassValue {
  return defineLayer({
    name,
    signature:
      "d_model, nhead, dim_feedforward=2048, dropout=0.1, activation='relu', layer_norm_eps=1e-05, batch_first=False, " +
      'norm_first=False, bias=True, device=None, dtype=None',
    setUp: (self, { d_model, nhead, dim_feedforward, batch_first, bias }, machine) => {
      const attentions = decodes ? ['self_attn', 'multihead_attn'] : ['self_attn'];
      for (const part of attentions)
        make(self, part, attentionLayers.MultiheadAttention, [d_model, nhead], { batch_first, bias }, machine);
      make(self, 'linear1', linearLayers.Linear, [d_model, dim_feedforward], { bias }, machine);
      make(self, 'linear2', linearLayers.Linear, [dim_feedforward, d_model], { bias }, machine);
      for (const part of decodes ? ['norm1', 'norm2', 'norm3'] : ['norm1', 'norm2'])
        make(self, part, normalizationLayers.LayerNorm, [d_model], { bias }, machine);
    },
    forwardSignature: decodes ? 'tgt, memory, *args, **kwargs' : 'src, *args, **kwargs',
    forward: (self, { src, tgt, memory }, machine) => {
      const input = src ?? tgt;
      if (!(input instanceof Tensor)) return input instanceof Unknown ? input : new Unknown('no sequence');
      // Where the normalisations stand does not matter to shapes.
      run(self, 'self_attn', machine, input, input, input);
      run(self, 'norm1', machine, input);
      if (decodes) {
        run(self, 'multihead_attn', machine, input, memory, memory);
        run(self, 'norm3', machine, input);
      }
      run(self, 'norm2', machine, input);
      return run(self, 'linear2', machine, run(self, 'linear1', machine, input));
    },
  });
}

/** Copies of a layer one after the other, and a normalisation. */
function stack(name: string, layer: 'encoder_layer' | 'decoder_layer'): ClassValue {
  return defineLayer({
    name,
    signature: `${layer}, num_layers, norm=None, enable_nested_tensor=True, mask_check=True`,
    setUp: (self, bound, machine) => {
      self.attributes.delete(layer);
      self.attributes.delete('norm');
      const count = asNumber(bound.num_layers);
      const layers =
        Number.isInteger(count) && bound[layer] instanceof Instance
          ? new List(Array.from({ length: count }, () => cloned(bound[layer], true)))
          : new Unknown('how many layers there are is not known');
      make(self, 'layers', containerLayers.ModuleList, [layers], {}, machine);
      machine.setAttribute(self, 'norm', bound.norm);
    },
    forwardSignature: layer === 'encoder_layer' ? 'src, *args, **kwargs' : 'tgt, memory, *args, **kwargs',
    forward: (self, { src, tgt, memory }, machine) => {
      const layers = machine.items(attributeOf(self, 'layers'));
      if (layers instanceof Unknown) return layers;
      let value = src ?? tgt;
      for (const each of layers) value = machine.callWith(each, value, ...(memory === undefined ? [] : [memory]));
      return attributeOf(self, 'norm') === null ? value : run(self, 'norm', machine, value);
    },
  });
}

const TransformerEncoderLayer = transformerLayer('TransformerEncoderLayer', false);
const TransformerDecoderLayer = transformerLayer('TransformerDecoderLayer', true);
const TransformerEncoder = stack('TransformerEncoder', 'encoder_layer');
const TransformerDecoder = stack('TransformerDecoder', 'decoder_layer');

const Transformer = defineLayer({
  name: 'Transformer',
  signature:
    'd_model=512, nhead=8, num_encoder_layers=6, num_decoder_layers=6, dim_feedforward=2048, dropout=0.1, ' +
    "activation='relu', custom_encoder=None, custom_decoder=None, layer_norm_eps=1e-05, batch_first=False, " +
    'norm_first=False, bias=True, device=None, dtype=None',
  setUp: (self, bound, machine) => {
    const { d_model, nhead, dim_feedforward, batch_first, bias } = bound;
    const parts = [
      ['encoder', TransformerEncoderLayer, TransformerEncoder],
      ['decoder', TransformerDecoderLayer, TransformerDecoder],
    ] as const;
    for (const [part, layer, whole] of parts) {
      const custom = bound[`custom_${part}`];
      if (custom !== null) {
        machine.setAttribute(self, part, custom);
        continue;
      }
      const keywords = new Map(Object.entries({ dim_feedforward, batch_first, bias }));
      const one = machine.call(layer, { positional: [d_model, nhead], keywords });
      const norm = machine.callWith(normalizationLayers.LayerNorm, d_model);
      make(self, part, whole, [one, bound[`num_${part}_layers`], norm], {}, machine);
    }
  },
  forwardSignature: 'src, tgt, *args, **kwargs',
  forward: (self, { src, tgt }, machine) => run(self, 'decoder', machine, tgt, run(self, 'encoder', machine, src)),
});

Transformer.attributes_.set(
  'generate_square_subsequent_mask',
  new Native('generate_square_subsequent_mask', ({ positional, keywords }) => {
    const size = asNumber(keywords.get('sz') ?? positional[0] ?? null);
    return new Tensor([size, size]);
  }),
);

export const transformerLayers: Readonly<Record<string, ClassValue>> = {
  TransformerEncoderLayer,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerDecoder,
  Transformer,
};
