import { Raised } from '../evaluate/raised';
import type { Bound } from '../evaluate/signature';
import { addParameter, isOn } from '../torch/layers/define';
import { layerOf } from '../torch/layerState';
import { asNumber, asNumbers, broadcast, perDimension, reshaped, shapeText, windowed } from '../torch/shapes';
import { elementsOf, Tensor } from '../values/tensor';
import { Dict, Tuple, type ClassValue, type Instance } from '../values/values';
import { defineKeras, type Attributes } from './layer';

/** Spatial sizes after a window; `same` and `causal` keep size / stride rounded up. */
function slid(
  spatial: readonly number[],
  kernel: readonly number[],
  attributes: Attributes,
  stride: readonly number[],
): number[] {
  const dilation = perDimension(attributes.dilation_rate ?? 1, kernel.length);
  const padding =
    attributes.padding === 'same' || attributes.padding === 'causal' ? ('same' as const) : kernel.map(() => 0);
  return windowed(spatial, { kernel, stride, padding, dilation });
}

function weights(self: Instance, shapes: Readonly<Record<string, readonly number[]>>, bias: number, on: unknown): void {
  for (const [name, shape] of Object.entries(shapes)) addParameter(self, name, shape);
  if (on !== false) addParameter(self, 'bias', [bias]);
}

/** Sizes are told as one number for each dimension of places. */
function perPlace(count: number): (self: Instance, bound: Bound) => void {
  return (self, bound) => {
    for (const name of ['kernel_size', 'strides', 'dilation_rate'])
      self.attributes.set(name, shapeTuple(perDimension(bound[name], count)));
  };
}

function convolution(count: number): ClassValue {
  return defineKeras({
    name: `Conv${count}D`,
    kind: 'convolution',
    signature:
      "filters, kernel_size, strides=1, padding='valid', data_format=None, dilation_rate=1, groups=1, activation=None, " +
      'use_bias=True, kernel_initializer=None, bias_initializer=None, kernel_regularizer=None, bias_regularizer=None',
    settings: ['filters', 'kernel_size', 'strides', 'padding', 'dilation_rate', 'groups', 'use_bias'],
    setUp: perPlace(count),
    build: (self, shape, { filters, kernel_size, groups, use_bias }) => {
      const inputs = shape[shape.length - 1] / asNumber(groups);
      const outputs = asNumber(filters);
      weights(self, { kernel: [...perDimension(kernel_size, count), inputs, outputs] }, outputs, use_bias);
    },
    call: (input, attributes, self) => {
      const kernel = perDimension(attributes.kernel_size, count);
      checkRank(input, count + 2);
      const stride = perDimension(attributes.strides, count);
      const spatial = slid(input.shape.slice(1, -1), kernel, attributes, stride);
      const shape = [input.shape[0], ...spatial, asNumber(attributes.filters)];
      const inputs = input.shape[input.shape.length - 1] / asNumber(attributes.groups);
      layerOf(self)?.use(input.shape, shape, elementsOf(shape) * inputs * elementsOf(kernel));
      return new Tensor(shape);
    },
  });
}

function depthwise(count: number, separable: boolean): ClassValue {
  const name = `${separable ? 'Separable' : 'Depthwise'}Conv${count}D`;
  return defineKeras({
    name,
    kind: 'convolution',
    signature:
      (separable ? 'filters, ' : '') +
      "kernel_size, strides=1, padding='valid', depth_multiplier=1, data_format=None, dilation_rate=1, activation=None, " +
      'use_bias=True, depthwise_initializer=None, pointwise_initializer=None, bias_initializer=None, depthwise_regularizer=None',
    settings: [...(separable ? ['filters'] : []), 'kernel_size', 'strides', 'padding', 'depth_multiplier', 'use_bias'],
    setUp: perPlace(count),
    build: (self, shape, { kernel_size, depth_multiplier, filters, use_bias }) => {
      const inputs = shape[shape.length - 1];
      const middle = inputs * asNumber(depth_multiplier);
      const kernel = perDimension(kernel_size, count);
      const outputs = separable ? asNumber(filters) : middle;
      const point: Record<string, number[]> = separable
        ? { pointwise_kernel: [...kernel.map(() => 1), middle, outputs] }
        : {};
      weights(self, { depthwise_kernel: [...kernel, inputs, asNumber(depth_multiplier)], ...point }, outputs, use_bias);
    },
    call: (input, attributes, self) => {
      const kernel = perDimension(attributes.kernel_size, count);
      checkRank(input, count + 2);
      const spatial = slid(input.shape.slice(1, -1), kernel, attributes, perDimension(attributes.strides, count));
      const middle = input.shape[count + 1] * asNumber(attributes.depth_multiplier);
      const outputs = separable ? asNumber(attributes.filters) : middle;
      const shape = [input.shape[0], ...spatial, outputs];
      const places = elementsOf(spatial) * input.shape[0];
      const macs = places * middle * elementsOf(kernel) + (separable ? places * middle * outputs : 0);
      layerOf(self)?.use(input.shape, shape, macs);
      return new Tensor(shape);
    },
  });
}

function transposed(count: number): ClassValue {
  return defineKeras({
    name: `Conv${count}DTranspose`,
    kind: 'transposedConvolution',
    signature:
      "filters, kernel_size, strides=1, padding='valid', output_padding=None, data_format=None, dilation_rate=1, " +
      'activation=None, use_bias=True, kernel_initializer=None, bias_initializer=None, kernel_regularizer=None',
    settings: ['filters', 'kernel_size', 'strides', 'padding', 'use_bias'],
    setUp: perPlace(count),
    build: (self, shape, { filters, kernel_size, use_bias }) => {
      const outputs = asNumber(filters);
      weights(
        self,
        { kernel: [...perDimension(kernel_size, count), outputs, shape[shape.length - 1]] },
        outputs,
        use_bias,
      );
    },
    call: (input, attributes, self) => {
      const kernel = perDimension(attributes.kernel_size, count);
      const stride = perDimension(attributes.strides, count);
      const same = attributes.padding === 'same';
      const spatial = input.shape
        .slice(1, -1)
        .map((size, at) => (same ? size * stride[at] : size * stride[at] + Math.max(kernel[at] - stride[at], 0)));
      const shape = [input.shape[0], ...spatial, asNumber(attributes.filters)];
      layerOf(self)?.use(
        input.shape,
        shape,
        elementsOf(input.shape) * asNumber(attributes.filters) * elementsOf(kernel),
      );
      return new Tensor(shape);
    },
  });
}

const dense = defineKeras({
  name: 'Dense',
  kind: 'linear',
  signature:
    'units, activation=None, use_bias=True, kernel_initializer=None, bias_initializer=None, kernel_regularizer=None',
  settings: ['units', 'use_bias'],
  build: (self, shape, { units, use_bias }) =>
    weights(self, { kernel: [shape[shape.length - 1], asNumber(units)] }, asNumber(units), use_bias),
  call: (input, { units }, self) => {
    const shape = [...input.shape.slice(0, -1), asNumber(units)];
    layerOf(self)?.use(input.shape, shape, elementsOf(shape) * input.shape[input.shape.length - 1]);
    return new Tensor(shape);
  },
});

const embedding = defineKeras({
  name: 'Embedding',
  kind: 'embedding',
  signature: 'input_dim, output_dim, embeddings_initializer=None, mask_zero=False, input_length=None',
  settings: ['input_dim', 'output_dim'],
  build: (self, _, { input_dim, output_dim }) => {
    addParameter(self, 'embeddings', [asNumber(input_dim), asNumber(output_dim)]);
  },
  call: (input, { output_dim }, self) => {
    const shape = [...input.shape, asNumber(output_dim)];
    layerOf(self)?.use(input.shape, shape, 0);
    return new Tensor(shape);
  },
});

function normalization(name: string, signature: string): ClassValue {
  return defineKeras({
    name,
    kind: 'elementwise',
    signature,
    build: (self, shape, { scale, center }) => {
      const channels = [shape[shape.length - 1]];
      if (scale === undefined || isOn(scale)) addParameter(self, 'gamma', channels);
      if (center === undefined || isOn(center)) addParameter(self, 'beta', channels);
    },
  });
}

function pooling(kind: string, count: number): [string, ClassValue][] {
  const plain = `${kind}Pooling${count}D`;
  const global = `Global${plain}`;
  return [
    [
      plain,
      defineKeras({
        name: plain,
        signature: "pool_size=2, strides=None, padding='valid', data_format=None",
        call: (input, attributes) => {
          const kernel = perDimension(attributes.pool_size, count);
          const stride = attributes.strides === null ? kernel : perDimension(attributes.strides, count);
          checkRank(input, count + 2);
          const spatial = slid(input.shape.slice(1, -1), kernel, attributes, stride);
          return new Tensor([input.shape[0], ...spatial, input.shape[input.shape.length - 1]]);
        },
      }),
    ],
    [
      global,
      defineKeras({
        name: global,
        signature: 'data_format=None, keepdims=False',
        call: (input, { keepdims }) => {
          const ones = isOn(keepdims) ? Array<number>(count).fill(1) : [];
          return new Tensor([input.shape[0], ...ones, input.shape[input.shape.length - 1]]);
        },
      }),
    ],
  ];
}

function merging(name: string): ClassValue {
  return defineKeras({
    name,
    signature: '',
    merge: (inputs) => new Tensor(inputs.map(({ shape }) => shape).reduce((all, shape) => broadcast(all, shape))),
  });
}

const concatenate = defineKeras({
  name: 'Concatenate',
  signature: 'axis=-1',
  merge: (inputs, { axis }) => {
    const [{ shape }] = inputs;
    const at = asNumber(axis) < 0 ? asNumber(axis) + shape.length : asNumber(axis);
    return new Tensor(
      shape.map((size, place) => (place === at ? inputs.reduce((sum, each) => sum + each.shape[place], 0) : size)),
    );
  },
});

function spatially(
  name: string,
  signature: string,
  change: (size: number, at: number, attributes: Attributes) => number,
): ClassValue {
  return defineKeras({
    name,
    signature,
    call: (input, attributes) => {
      const last = input.shape.length - 1;
      return new Tensor(
        input.shape.map((size, at) => (at === 0 || at === last ? size : change(size, at - 1, attributes))),
      );
    },
  });
}

/** Layers that add, cut or repeat places. */
function padded(count: number): [string, ClassValue][] {
  return [
    [
      `ZeroPadding${count}D`,
      spatially(
        `ZeroPadding${count}D`,
        'padding=1, data_format=None',
        (size, at, { padding }) => size + amount(padding, at, count),
      ),
    ],
    [
      `Cropping${count}D`,
      spatially(
        `Cropping${count}D`,
        `cropping=${count === 2 ? 0 : 1}, data_format=None`,
        (size, at, { cropping }) => size - amount(cropping, at, count),
      ),
    ],
    [
      `UpSampling${count}D`,
      spatially(
        `UpSampling${count}D`,
        "size=2, data_format=None, interpolation='nearest'",
        (size, at, attributes) => size * perDimension(attributes.size, count)[at],
      ),
    ],
  ];
}

/** `2`, `(1, 2)` or `((1, 2), (3, 4))` as what is added or cut in all along one dimension. */
function amount(value: Attributes[string], at: number, count: number): number {
  if (typeof value === 'number') return 2 * value;
  // Of a single dimension a pair is before and after.
  if (count === 1) return asNumbers(value).reduce((sum, size) => sum + size, 0);
  const each = (value as { items?: readonly Attributes[string][] } | null)?.items?.[at];
  return each === undefined
    ? NaN
    : typeof each === 'number'
      ? 2 * each
      : asNumbers(each).reduce((sum, size) => sum + size, 0);
}

function shapeTuple(sizes: readonly number[]): Tuple {
  return new Tuple(sizes);
}

function checkRank(input: Tensor, rank: number): void {
  if (input.shape.length !== rank)
    throw new Raised('ValueError', `a layer for ${rank} dimensions got ${shapeText(input.shape)}`);
}

const keeping =
  'Dropout SpatialDropout1D SpatialDropout2D GaussianNoise GaussianDropout AlphaDropout Activation ReLU LeakyReLU ELU ThresholdedReLU ' +
  'Softmax Rescaling Normalization RandomFlip RandomRotation RandomZoom RandomContrast RandomTranslation RandomBrightness SpatialDropout3D UnitNormalization ActivityRegularization Masking Identity';

const byName: Readonly<Record<string, ClassValue>> = {
  Conv1D: convolution(1),
  Conv2D: convolution(2),
  Conv3D: convolution(3),
  ...Object.fromEntries(
    [1, 2].flatMap((count) => [
      [`DepthwiseConv${count}D`, depthwise(count, false)],
      [`SeparableConv${count}D`, depthwise(count, true)],
    ]),
  ),
  ...Object.fromEntries([1, 2, 3].map((count) => [`Conv${count}DTranspose`, transposed(count)])),
  Dense: dense,
  Embedding: embedding,
  BatchNormalization: normalization(
    'BatchNormalization',
    'axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True',
  ),
  LayerNormalization: normalization('LayerNormalization', 'axis=-1, epsilon=0.001, center=True, scale=True'),
  GroupNormalization: normalization('GroupNormalization', 'groups=32, axis=-1, epsilon=0.001, center=True, scale=True'),
  PReLU: defineKeras({
    name: 'PReLU',
    kind: 'elementwise',
    signature: 'alpha_initializer=None, alpha_regularizer=None, alpha_constraint=None, shared_axes=None',
    build: (self, shape, { shared_axes }) => {
      const shared = shared_axes === null ? [] : asNumbers(shared_axes);
      addParameter(
        self,
        'alpha',
        shape.slice(1).map((size, at) => (shared.includes(at + 1) ? 1 : size)),
      );
    },
  }),
  ...Object.fromEntries([1, 2, 3].flatMap((count) => [...pooling('Max', count), ...pooling('Average', count)])),
  ...Object.fromEntries(
    'Add Multiply Average Maximum Minimum Subtract'
      .split(' ')
      .map((name): [string, ClassValue] => [name, merging(name)]),
  ),
  Concatenate: concatenate,
  Flatten: defineKeras({
    name: 'Flatten',
    signature: 'data_format=None',
    call: (input) => new Tensor([input.shape[0], elementsOf(input.shape.slice(1))]),
  }),
  Reshape: defineKeras({
    name: 'Reshape',
    signature: 'target_shape',
    call: (input, { target_shape }) =>
      new Tensor([input.shape[0], ...reshaped(input.shape.slice(1), asNumbers(target_shape))]),
  }),
  Permute: defineKeras({
    name: 'Permute',
    signature: 'dims',
    call: (input, { dims }) => new Tensor([input.shape[0], ...asNumbers(dims).map((at) => input.shape[at])]),
  }),
  RepeatVector: defineKeras({
    name: 'RepeatVector',
    signature: 'n',
    call: (input, { n }) => new Tensor([input.shape[0], asNumber(n), input.shape[1]]),
  }),
  ...Object.fromEntries([1, 2, 3].flatMap(padded)),
  Lambda: defineKeras({
    name: 'Lambda',
    signature: 'function, output_shape=None, mask=None, arguments=None',
    callAny: (input, attributes, machine) => {
      const given = attributes.arguments instanceof Dict ? [...attributes.arguments.entries.values()] : [];
      const keywords = new Map(given.map(({ key, value }) => [String(key), value]));
      return machine.call(attributes.function, { positional: [input], keywords });
    },
  }),
  Resizing: defineKeras({
    name: 'Resizing',
    signature: "height, width, interpolation='bilinear'",
    call: ({ shape }, { height, width }) =>
      new Tensor([shape[0], asNumber(height), asNumber(width), shape[shape.length - 1]]),
  }),
  ...Object.fromEntries(
    keeping
      .split(' ')
      .map((name): [string, ClassValue] => [name, defineKeras({ name, signature: 'value=None, second=None' })]),
  ),
};

/** Other names that Keras has for the same classes: `MaxPool2D`, `GlobalAvgPool2D`, `Convolution2D`. */
function otherNames(name: string): string[] {
  const pooling = /^(Global)?(Max|Average)Pooling([123]D)$/.exec(name);
  if (pooling) return [`${pooling[1] ?? ''}${pooling[2] === 'Max' ? 'Max' : 'Avg'}Pool${pooling[3]}`];
  return /^(Separable|Depthwise)?Conv[123]D/.test(name) ? [name.replace('Conv', 'Convolution')] : [];
}

export const kerasLayers: Readonly<Record<string, ClassValue>> = {
  ...byName,
  ...Object.fromEntries(
    Object.entries(byName).flatMap(([name, cls]) =>
      otherNames(name).map((other): [string, ClassValue] => [other, cls]),
    ),
  ),
};
