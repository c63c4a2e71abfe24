import { Tensor } from '../../values/tensor';
import { Tuple, Unknown, type ClassValue } from '../../values/values';
import { adaptivePooled, folded, interpolated, pooled, shuffled, unfolded } from '../functions/pooling';
import { tensorFunction } from '../functions/table';
import { asNumber, asNumbers, like, perDimension } from '../shapes';
import { attributeOf, defineLayer, type LayerDefinition } from './define';

/** A layer that computes from one tensor and its own attributes. */
function layer(
  name: string,
  signature: string,
  use: (
    tensor: Tensor,
    attributes: Readonly<Record<string, ReturnType<typeof attributeOf>>>,
  ) => ReturnType<typeof attributeOf>,
): ClassValue {
  const forward: LayerDefinition['forward'] = (self, { input }) => {
    if (!(input instanceof Tensor)) return input instanceof Unknown ? input : new Unknown('the input is not a tensor');
    return use(input, Object.fromEntries(self.look));
  };
  return defineLayer({ name, signature, forward });
}

function poolings(count: number): [string, ClassValue][] {
  const dimension = `${count}d`;
  const average = 'kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None';
  const maximum = 'kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False';
  return [
    [`AvgPool${dimension}`, layer(`AvgPool${dimension}`, average, (tensor, bound) => pooled(tensor, bound, count))],
    [
      `MaxPool${dimension}`,
      layer(`MaxPool${dimension}`, maximum, (tensor, bound) => {
        const result = pooled(tensor, bound, count);
        return bound.return_indices === true ? new Tuple([result, like(tensor, result.shape)]) : result;
      }),
    ],
    [
      `LPPool${dimension}`,
      layer(`LPPool${dimension}`, 'norm_type, kernel_size, stride=None, ceil_mode=False', (tensor, bound) =>
        pooled(tensor, bound, count),
      ),
    ],
    ...['Avg', 'Max'].map((kind): [string, ClassValue] => [
      `Adaptive${kind}Pool${dimension}`,
      layer(`Adaptive${kind}Pool${dimension}`, 'output_size, return_indices=False', (tensor, bound) =>
        adaptivePooled(tensor, bound.output_size, count),
      ),
    ]),
    ...['ZeroPad', 'ReflectionPad', 'ReplicationPad', 'ConstantPad', 'CircularPad'].map(
      (kind): [string, ClassValue] => [
        `${kind}${dimension}`,
        layer(`${kind}${dimension}`, 'padding, value=None', (tensor, bound) => {
          const given = asNumbers(bound.padding);
          const amounts = given.length === 1 ? Array<number>(2 * count).fill(given[0]) : given;
          const rank = tensor.shape.length;
          return like(
            tensor,
            tensor.shape.map((size, at) => {
              const place = 2 * (rank - 1 - at);
              return size + (amounts[place] ?? 0) + (amounts[place + 1] ?? 0);
            }),
          );
        }),
      ],
    ),
  ];
}

const upsample = layer(
  'Upsample',
  "size=None, scale_factor=None, mode='nearest', align_corners=None, recompute_scale_factor=None",
  (tensor, bound) => interpolated(tensor, bound.size, bound.scale_factor),
);

export const shapeLayers: Readonly<Record<string, ClassValue>> = {
  ...Object.fromEntries([1, 2, 3].flatMap(poolings)),
  Upsample: upsample,
  UpsamplingNearest2d: layer('UpsamplingNearest2d', 'size=None, scale_factor=None', (tensor, bound) =>
    interpolated(tensor, bound.size, bound.scale_factor),
  ),
  UpsamplingBilinear2d: layer('UpsamplingBilinear2d', 'size=None, scale_factor=None', (tensor, bound) =>
    interpolated(tensor, bound.size, bound.scale_factor),
  ),
  PixelShuffle: layer('PixelShuffle', 'upscale_factor', (tensor, bound) =>
    shuffled(tensor, asNumber(bound.upscale_factor), true),
  ),
  PixelUnshuffle: layer('PixelUnshuffle', 'downscale_factor', (tensor, bound) =>
    shuffled(tensor, asNumber(bound.downscale_factor), false),
  ),
  ChannelShuffle: layer('ChannelShuffle', 'groups', (tensor) => like(tensor, tensor.shape)),
  Unfold: layer('Unfold', 'kernel_size, dilation=1, padding=0, stride=1', unfolded),
  Fold: layer('Fold', 'output_size, kernel_size, dilation=1, padding=0, stride=1', folded),
  MaxUnpool2d: layer('MaxUnpool2d', 'kernel_size, stride=None, padding=0', (tensor, bound) => {
    const factor = perDimension(bound.stride ?? bound.kernel_size, 2);
    const head = tensor.shape.slice(0, -2);
    return like(tensor, [...head, ...tensor.shape.slice(-2).map((size, at) => size * factor[at])]);
  }),
  Flatten: defineLayer({
    name: 'Flatten',
    signature: 'start_dim=1, end_dim=-1',
    forward: (self, { input }, machine) =>
      machine.callWith(tensorFunction('flatten')!, input, attributeOf(self, 'start_dim'), attributeOf(self, 'end_dim')),
  }),
  Unflatten: defineLayer({
    name: 'Unflatten',
    signature: 'dim, unflattened_size',
    forward: (self, { input }, machine) =>
      machine.callWith(
        tensorFunction('unflatten')!,
        input,
        attributeOf(self, 'dim'),
        attributeOf(self, 'unflattened_size'),
      ),
  }),
};

/** A layer that compares two tensors by a function with the layer's own settings. */
function comparison(name: string, use: string, signature: string): ClassValue {
  return defineLayer({
    name,
    signature,
    forwardSignature: 'x1, x2',
    forward: (self, { x1, x2 }, machine) =>
      machine.call(tensorFunction(use)!, { positional: [x1, x2], keywords: self.look }),
  });
}

/** Layers that keep the shape and have no weights. */
const keeping: Readonly<Record<string, string>> = {
  Identity: '*args, **kwargs',
  Dropout: 'p=0.5, inplace=False',
  Dropout1d: 'p=0.5, inplace=False',
  Dropout2d: 'p=0.5, inplace=False',
  Dropout3d: 'p=0.5, inplace=False',
  AlphaDropout: 'p=0.5, inplace=False',
  FeatureAlphaDropout: 'p=0.5, inplace=False',
  ReLU: 'inplace=False',
  ReLU6: 'inplace=False',
  LeakyReLU: 'negative_slope=0.01, inplace=False',
  ELU: 'alpha=1.0, inplace=False',
  SELU: 'inplace=False',
  CELU: 'alpha=1.0, inplace=False',
  GELU: "approximate='none'",
  SiLU: 'inplace=False',
  Mish: 'inplace=False',
  Sigmoid: '',
  Tanh: '',
  Hardswish: 'inplace=False',
  Hardsigmoid: 'inplace=False',
  Hardtanh: 'min_val=-1.0, max_val=1.0, inplace=False, **kwargs',
  Softplus: 'beta=1, threshold=20',
  Softsign: '',
  Tanhshrink: '',
  Hardshrink: 'lambd=0.5',
  Softshrink: 'lambd=0.5',
  LogSigmoid: '',
  Threshold: 'threshold, value, inplace=False',
  RReLU: 'lower=0.125, upper=0.3333333333333333, inplace=False',
  Softmax: 'dim=None',
  Softmax2d: '',
  Softmin: 'dim=None',
  LogSoftmax: 'dim=None',
};

export const plainLayers: Readonly<Record<string, ClassValue>> = {
  ...Object.fromEntries(
    Object.entries(keeping).map(([name, signature]): [string, ClassValue] => [name, defineLayer({ name, signature })]),
  ),
  CosineSimilarity: comparison('CosineSimilarity', 'cosine_similarity', 'dim=1, eps=1e-08'),
  PairwiseDistance: comparison('PairwiseDistance', 'pairwise_distance', 'p=2.0, eps=1e-06, keepdim=False'),
  GLU: defineLayer({
    name: 'GLU',
    signature: 'dim=-1',
    forward: (self, { input }, machine) => machine.callWith(tensorFunction('glu')!, input, attributeOf(self, 'dim')),
  }),
};
