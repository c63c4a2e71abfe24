import { elementsOf, Tensor } from '../../values/tensor';
import { ClassMethod, Unknown, type ClassValue } from '../../values/values';
import { nativeOf } from '../functions/define';
import { embeddingBag } from '../functions/neural';
import { recordUse } from '../layerState';
import { linear } from '../products';
import { asNumber } from '../shapes';
import { addParameter, defineLayer, isOn, tuple, weightOf, type LayerDefinition } from './define';

const linearType = defineLayer({
  name: 'Linear',
  kind: 'linear',
  signature: 'in_features, out_features, bias=True, device=None, dtype=None',
  setUp: (self, { in_features, out_features, bias }) => {
    self.attributes.delete('bias');
    addParameter(self, 'weight', [asNumber(out_features), asNumber(in_features)]);
    if (isOn(bias)) addParameter(self, 'bias', [asNumber(out_features)]);
    else self.attributes.set('bias', null);
  },
  forward: (self, { input }) => linear(input, weightOf(self), self),
});

/** A table of vectors, which can be made of a tensor too. */
function embedding(name: string, settings: string, definition: Partial<LayerDefinition>): ClassValue {
  const cls = defineLayer({
    name,
    kind: 'embedding',
    signature: `num_embeddings, embedding_dim, ${settings}, _weight=None, _freeze=False, device=None, dtype=None`,
    settings: ['num_embeddings', 'embedding_dim'],
    setUp: (self, { num_embeddings, embedding_dim }) => {
      addParameter(self, 'weight', [asNumber(num_embeddings), asNumber(embedding_dim)]);
    },
    ...definition,
  });
  const fromPretrained = nativeOf('from_pretrained', [
    `cls, embeddings, freeze=True, ${settings}`,
    ({ cls: type, embeddings, freeze, ...given }, machine) => {
      const shape = embeddings instanceof Tensor ? embeddings.shape : [];
      const [num_embeddings, embedding_dim] = tuple([shape[0] ?? NaN, shape[1] ?? NaN]).items;
      const all = { ...given, num_embeddings, embedding_dim, _weight: embeddings, _freeze: freeze };
      return machine.call(type, { positional: [], keywords: new Map(Object.entries(all)) });
    },
  ]);
  cls.attributes_.set('from_pretrained', new ClassMethod(fromPretrained));
  return cls;
}

export const linearLayers: Readonly<Record<string, ClassValue>> = {
  Linear: linearType,
  NonDynamicallyQuantizableLinear: linearType,
  Bilinear: defineLayer({
    name: 'Bilinear',
    kind: 'linear',
    signature: 'in1_features, in2_features, out_features, bias=True, device=None, dtype=None',
    setUp: (self, { in1_features, in2_features, out_features, bias }) => {
      self.attributes.delete('bias');
      addParameter(self, 'weight', [out_features, in1_features, in2_features].map(asNumber));
      if (isOn(bias)) addParameter(self, 'bias', [asNumber(out_features)]);
      else self.attributes.set('bias', null);
    },
    forwardSignature: 'input, input2',
    forward: (self, { input }) => {
      const weight = weightOf(self);
      if (!(input instanceof Tensor && weight instanceof Tensor)) return new Unknown('the input is unknown');
      const [outputs, first, second] = weight.shape;
      const result = new Tensor([...input.shape.slice(0, -1), outputs]);
      recordUse(weight, input, result, elementsOf(result.shape) * first * second, self);
      return result;
    },
  }),
  Embedding: embedding(
    'Embedding',
    'padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False',
    {
      forward: (self, { input }) => {
        const weight = weightOf(self);
        if (!(input instanceof Tensor && weight instanceof Tensor)) return new Unknown('the input is unknown');
        const result = new Tensor([...input.shape, weight.shape[1]]);
        recordUse(weight, input, result, 0, self);
        return result;
      },
    },
  ),
  EmbeddingBag: embedding(
    'EmbeddingBag',
    "max_norm=None, norm_type=2.0, scale_grad_by_freq=False, mode='mean', sparse=False, include_last_offset=False, " +
      'padding_idx=None',
    {
      forwardSignature: 'input, offsets=None, per_sample_weights=None',
      forward: (self, bound) => embeddingBag({ ...Object.fromEntries(self.attributes), ...bound }, self),
    },
  ),
};
