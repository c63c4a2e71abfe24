import type { Machine } from '../evaluate/machine';
import { torchModule } from '../torch/library';
import { Tensor } from '../values/tensor';
import { Instance, ModuleValue, Native, Unknown, type Arguments, type Value } from '../values/values';
import { layerType } from './layer';
import { kerasLayers } from './layers';
import { input, modelType, sequentialType } from './models';
import { sequenceLayers } from './sequences';

type Table = Record<string, Value>;

const first = new Native('first', ({ positional: [value = null] }) => value);

/** `layers.add([a, b])` is `layers.Add()([a, b])`. */
function functional(name: string): Native {
  return new Native(name.toLowerCase(), ({ positional, keywords }: Arguments, machine: Machine) => {
    const layer = machine.call(kerasLayers[name], { positional: [], keywords });
    return layer instanceof Instance ? machine.callWith(layer, positional[0]) : layer;
  });
}

const layers: Table = {
  ...kerasLayers,
  ...sequenceLayers,
  Layer: layerType,
  Input: input,
  InputLayer: new Native('InputLayer', ({ positional, keywords }, machine) =>
    input.call(
      {
        positional,
        keywords: new Map([...keywords].map(([key, value]) => [key === 'input_shape' ? 'shape' : key, value])),
      },
      machine,
    ),
  ),
  ...Object.fromEntries(
    'Add Multiply Average Maximum Subtract Concatenate'
      .split(' ')
      .map((name) => [name.toLowerCase(), functional(name)]),
  ),
};

const keras: Table = { Model: modelType, Sequential: sequentialType, Input: input };

const members: Readonly<Record<string, Table>> = {
  keras,
  'keras.layers': layers,
  'keras.models': { ...keras, Functional: modelType },
  'keras.activations': activations(),
  'keras.backend': {
    image_data_format: new Native('image_data_format', () => 'channels_last'),
    int_shape: new Native('int_shape', ({ positional: [tensor] }, machine) =>
      tensor instanceof Tensor
        ? (machine.attribute(tensor, 'shape') ?? null)
        : new Unknown('shape of an unknown value'),
    ),
    backend: new Native('backend', () => 'tensorflow'),
  },
  'keras.engine': {},
  'keras.utils': {},
  'keras.regularizers': {},
  'keras.initializers': {},
  'keras.optimizers': {},
  'keras.losses': {},
  'keras.ops': {},
  'tensorflow.nn': activations(),
  'tensorflow.math': {},
};

function activations(): Table {
  const names =
    'relu relu6 sigmoid softmax tanh swish silu gelu elu selu leaky_relu hard_sigmoid softplus linear dropout';
  return Object.fromEntries(names.split(' ').map((name) => [name, first]));
}

/** Functions of tensorflow that are those of torch under another name. */
const tensorflow: Readonly<Record<string, string>> = {
  reshape: 'reshape',
  concat: 'cat',
  stack: 'stack',
  reduce_mean: 'mean',
  reduce_sum: 'sum',
  reduce_max: 'amax',
  transpose: 'permute',
  expand_dims: 'unsqueeze',
  squeeze: 'squeeze',
  add: 'add',
  multiply: 'mul',
  matmul: 'matmul',
  zeros: 'zeros',
  ones: 'ones',
};

const cache = new Map<string, ModuleValue>();

/** `keras`, `tensorflow` and their parts; what is not modelled is unknown by name. */
export function kerasModule(name: string): ModuleValue | undefined {
  const plain = name
    .replace(/^tensorflow\.(python\.)?keras/, 'keras')
    .replace(/^tf_keras/, 'keras')
    .replace(/^keras\.(src|api)(?=\.|$)/, 'keras')
    .replace(/^keras\.layers\..*/, 'keras.layers')
    .replace(/^keras\.models\..*/, 'keras.models');
  if (!/^(keras|tensorflow)(\.|$)/.test(plain)) return undefined;
  const known = cache.get(plain);
  if (known !== undefined) return known;
  const own: Table = members[plain] ?? {};
  const module = new ModuleValue(
    plain,
    (attribute) => {
      if (Object.hasOwn(own, attribute)) return own[attribute];
      if (plain === 'tensorflow' && attribute === 'keras') return kerasModule('keras');
      if (plain === 'tensorflow' && Object.hasOwn(tensorflow, attribute))
        return torchModule('torch')?.get(tensorflow[attribute]);
      if (plain === 'tensorflow' && (attribute === 'Module' || attribute === 'Tensor')) return layerType;
      const inner = `${plain}.${attribute}`;
      if (members[inner] !== undefined) return kerasModule(inner);
      return attribute.startsWith('__') ? undefined : new Unknown(`${inner} is not modelled`);
    },
    () => Object.keys(own),
  );
  cache.set(plain, module);
  return module;
}
