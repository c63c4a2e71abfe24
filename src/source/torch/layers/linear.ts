import { elementsOf, Tensor } from '../../values/tensor';
import { Unknown, type ClassValue } from '../../values/values';
import { recordUse } from '../layerState';
import { linear } from '../products';
import { asNumber } from '../shapes';
import { addParameter, attributeOf, defineLayer, isOn } from './define';

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
  forward: (self, { input }) => linear(input, attributeOf(self, 'weight'), self),
});

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
      const weight = attributeOf(self, 'weight');
      if (!(input instanceof Tensor && weight instanceof Tensor)) return new Unknown('the input is unknown');
      const [outputs, first, second] = weight.shape;
      const result = new Tensor([...input.shape.slice(0, -1), outputs]);
      recordUse(weight, input, result, elementsOf(result.shape) * first * second, self);
      return result;
    },
  }),
  Embedding: defineLayer({
    name: 'Embedding',
    kind: 'embedding',
    signature:
      'num_embeddings, embedding_dim, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, ' +
      'sparse=False, _weight=None, _freeze=False, device=None, dtype=None',
    settings: ['num_embeddings', 'embedding_dim'],
    setUp: (self, { num_embeddings, embedding_dim }) => {
      addParameter(self, 'weight', [asNumber(num_embeddings), asNumber(embedding_dim)]);
    },
    forward: (self, { input }) => {
      const weight = attributeOf(self, 'weight');
      if (!(input instanceof Tensor && weight instanceof Tensor)) return new Unknown('the input is unknown');
      const result = new Tensor([...input.shape, weight.shape[1]]);
      recordUse(weight, input, result, 0, self);
      return result;
    },
  }),
};
