import { Tensor } from '../../values/tensor';
import { Instance, Tuple, type ClassValue } from '../../values/values';
import { projection, scores, type ScoreSettings } from '../functions/attention';
import { layerOf } from '../layerState';
import { linear } from '../products';
import { asNumber, like } from '../shapes';
import { addParameter, attributeOf, defineLayer, isOn } from './define';
import { linearLayers } from './linear';

const attention = defineLayer({
  name: 'MultiheadAttention',
  kind: 'linear',
  suffix: 'in_proj',
  signature:
    'embed_dim, num_heads, dropout=0.0, bias=True, add_bias_kv=False, add_zero_attn=False, kdim=None, vdim=None, ' +
    'batch_first=False, device=None, dtype=None',
  setUp: (self, bound, machine) => {
    const width = asNumber(bound.embed_dim);
    const keys = asNumber(bound.kdim ?? bound.embed_dim);
    const values = asNumber(bound.vdim ?? bound.embed_dim);
    const shared = keys === width && values === width;
    if (shared) addParameter(self, 'in_proj_weight', [3 * width, width]);
    else {
      addParameter(self, 'q_proj_weight', [width, width]);
      addParameter(self, 'k_proj_weight', [width, keys]);
      addParameter(self, 'v_proj_weight', [width, values]);
    }
    self.attributes.set('bias', isOn(bound.bias));
    self.attributes.set('head_dim', asNumber(bound.embed_dim) / asNumber(bound.num_heads));
    if (isOn(bound.bias)) addParameter(self, 'in_proj_bias', [3 * width]);
    const output = new Instance(linearLayers.Linear, machine.frame);
    machine.callWith(linearLayers.Linear.lookup('__init__')!, output, width, width, isOn(bound.bias));
    machine.setAttribute(self, 'out_proj', output);
    if (isOn(bound.add_bias_kv)) for (const name of ['bias_k', 'bias_v']) addParameter(self, name, [1, 1, width]);
  },
  forwardSignature:
    'query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None, average_attn_weights=True, is_causal=False',
  forward: (self, { query, key, value, need_weights, average_attn_weights }) => {
    if (!(query instanceof Tensor)) return query;
    const width = asNumber(attributeOf(self, 'embed_dim'));
    const all = attributeOf(self, 'in_proj_weight');
    const own = (name: string): Tensor => {
      const weight = attributeOf(self, name);
      return weight instanceof Tensor ? weight : new Tensor([width, width]);
    };
    const weights = all instanceof Tensor ? undefined : ['q_proj_weight', 'k_proj_weight', 'v_proj_weight'].map(own);
    const macs = [query, key, value].reduce<number>(
      (sum, part, at) => sum + projection(part, weights?.[at].shape ?? [width, width]),
      0,
    );
    const inner = like(query, [...query.shape.slice(0, -1), width]);
    const same = query === key && key === value;
    layerOf(self)?.use(query.shape, same ? [...query.shape.slice(0, -1), 3 * width] : inner.shape, macs);
    const output = attributeOf(self, 'out_proj');
    const result = output instanceof Instance ? linear(inner, attributeOf(output, 'weight'), output) : inner;
    if (!isOn(need_weights)) return new Tuple([result, null]);
    const settings: ScoreSettings = {
      batchFirst: isOn(attributeOf(self, 'batch_first')),
      added: ['add_bias_kv', 'add_zero_attn'].filter((name) => isOn(attributeOf(self, name))).length,
      heads: average_attn_weights === false ? asNumber(attributeOf(self, 'num_heads')) : undefined,
    };
    return new Tuple([result, scores(query, key, settings)]);
  },
});

export const attentionLayers: Readonly<Record<string, ClassValue>> = { MultiheadAttention: attention };
