import type { Bound } from '../../evaluate/signature';
import { Tensor } from '../../values/tensor';
import { Instance, Native, Property, type ClassValue, type Value } from '../../values/values';
import { layerOf } from '../layerState';
import { asNumber, asNumbers, same } from '../shapes';
import { addParameter, defineLayer, isOn } from './define';

/** The input passes with its shape; the use is noted for the hint. */
function pass(self: Instance, { input }: Bound): Value {
  if (!(input instanceof Tensor)) return input;
  layerOf(self)?.use(input.shape, input.shape, 0);
  return same(input);
}

function affine(self: Instance, sizes: readonly number[], on: Value, bias: Value = true): void {
  self.attributes.delete('bias');
  if (isOn(on)) {
    addParameter(self, 'weight', sizes);
    if (isOn(bias)) addParameter(self, 'bias', sizes);
    else self.attributes.set('bias', null);
  } else {
    self.attributes.set('weight', null);
    self.attributes.set('bias', null);
  }
}

const batchSignature =
  'num_features, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True, device=None, dtype=None';

function normalization(name: string, signature: string, setUp: (self: Instance, bound: Bound) => void): ClassValue {
  return defineLayer({ name, kind: 'elementwise', signature, setUp, forward: pass });
}

/** Running statistics are buffers: they are made when somebody asks. */
const statistics = new Native('statistics', ({ positional: [self] }) => {
  if (!(self instanceof Instance) || !isOn(self.attributes.get('track_running_stats') ?? null)) return null;
  return new Tensor([asNumber(self.attributes.get('num_features'))]);
});
statistics.harmless = true;

function batch(name: string, signature = batchSignature): ClassValue {
  const cls = normalization(name, signature, (self, bound) =>
    affine(self, [asNumber(bound.num_features)], bound.affine),
  );
  for (const buffer of ['running_mean', 'running_var']) cls.attributes_.set(buffer, new Property(statistics));
  return cls;
}

const instanceSignature = batchSignature
  .replace('affine=True', 'affine=False')
  .replace('track_running_stats=True', 'track_running_stats=False');

export const normalizationLayers: Readonly<Record<string, ClassValue>> = {
  BatchNorm1d: batch('BatchNorm1d'),
  BatchNorm2d: batch('BatchNorm2d'),
  BatchNorm3d: batch('BatchNorm3d'),
  SyncBatchNorm: batch('SyncBatchNorm', batchSignature.replace('track', 'process_group=None, track')),
  InstanceNorm1d: batch('InstanceNorm1d', instanceSignature),
  InstanceNorm2d: batch('InstanceNorm2d', instanceSignature),
  InstanceNorm3d: batch('InstanceNorm3d', instanceSignature),
  GroupNorm: normalization(
    'GroupNorm',
    'num_groups, num_channels, eps=1e-05, affine=True, device=None, dtype=None',
    (self, bound) => affine(self, [asNumber(bound.num_channels)], bound.affine),
  ),
  LayerNorm: normalization(
    'LayerNorm',
    'normalized_shape, eps=1e-05, elementwise_affine=True, bias=True, device=None, dtype=None',
    (self, bound) => affine(self, asNumbers(bound.normalized_shape), bound.elementwise_affine, bound.bias),
  ),
  RMSNorm: normalization(
    'RMSNorm',
    'normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None',
    (self, bound) => affine(self, asNumbers(bound.normalized_shape), bound.elementwise_affine, false),
  ),
  LocalResponseNorm: defineLayer({ name: 'LocalResponseNorm', signature: 'size, alpha=0.0001, beta=0.75, k=1.0' }),
  PReLU: normalization('PReLU', 'num_parameters=1, init=0.25, device=None, dtype=None', (self, bound) => {
    addParameter(self, 'weight', [asNumber(bound.num_parameters)]);
  }),
};
