import type { Machine } from '../evaluate/machine';
import { objectType } from '../library/types';
import { Tensor } from '../values/tensor';
import { ClassValue, Instance, ModuleValue, Native, Unknown, type Arguments, type Value } from '../values/values';
import { applications } from './applications';
import { layerType } from './layer';
import { kerasLayers } from './layers';
import { input, modelType, sequentialType } from './models';
import { dataSets } from './dataSets';
import { imageOperations, operations } from './operations';
import { sequenceLayers } from './sequences';

type Table = Record<string, Value>;

const first = new Native('first', ({ positional: [value = null] }) => value);

const nothing = new Native('nothing', () => null);

/** What gives names to a part of the code: `with tf.name_scope('block'):`. */
const scopes: Table = Object.fromEntries(
  ['name_scope', 'variable_scope'].map((name) => [name, new Native(name, ({ positional: [title = null] }) => title)]),
);

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

const keras: Table = { Model: modelType, Sequential: sequentialType, Input: input, ...scopes };

const members: Readonly<Record<string, Table>> = {
  keras,
  'keras.layers': layers,
  'keras.models': { ...keras, Functional: modelType },
  'keras.activations': activations(),
  'keras.backend': {
    ...activations(),
    ...operations,
    image_data_format: new Native('image_data_format', () => 'channels_last'),
    int_shape: new Native('int_shape', ({ positional: [tensor] }, machine) =>
      tensor instanceof Tensor
        ? (machine.attribute(tensor, 'shape') ?? null)
        : new Unknown('shape of an unknown value'),
    ),
    backend: new Native('backend', () => 'tensorflow'),
    is_keras_tensor: new Native('is_keras_tensor', ({ positional: [value] }) => value instanceof Tensor),
    learning_phase: new Native('learning_phase', () => 0),
    set_image_data_format: nothing,
    clear_session: nothing,
    permute_dimensions: operations.transpose,
    l2_normalize: first,
    ...scopes,
  },
  ...dataSets,
  ...applications,
  'keras.engine': {},
  'keras.utils': {},
  'keras.ops': { ...activations(), ...operations },
  'keras.ops.image': imageOperations,
  tensorflow: { ...operations, ...scopes },
  'tensorflow.image': imageOperations,
  'tensorflow.nn': activations(),
  'tensorflow.math': operations,
};

function activations(): Table {
  const names =
    'relu relu6 sigmoid softmax tanh swish silu gelu elu selu leaky_relu hard_sigmoid softplus linear dropout';
  return Object.fromEntries(names.split(' ').map((name) => [name, first]));
}

/** What these hold says how a model is trained, which is nothing to its shapes: they may be called and asked for anything. */
const training = /^keras\.(regularizers|initializers|constraints|optimizers(\.schedules)?|losses|metrics|callbacks)$/;
/** Classes that users derive from. */
const derivable = /^(Regularizer|Initializer|Constraint|Optimizer|LearningRateSchedule|Loss|Metric|Callback)$/;

function ofNoShape(name: string): Native {
  const result = new ModuleValue(name, (attribute) =>
    attribute.startsWith('__') ? undefined : ofNoShape(`${name}.${attribute}`),
  );
  return new Native(name, () => result);
}

function openClass(name: string, place: string): ClassValue {
  return new ClassValue(name, [objectType], undefined, undefined, new Unknown(`${place} is not modelled`));
}

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
      if (plain === 'tensorflow' && (attribute === 'Module' || attribute === 'Tensor')) return layerType;
      const inner = `${plain}.${attribute}`;
      if (training.test(inner)) return kerasModule(inner);
      if (training.test(plain) && /^[a-zA-Z]/.test(attribute))
        return derivable.test(attribute) ? openClass(attribute, inner) : ofNoShape(inner);
      // Layers were moved out of there.
      if (/^keras\.layers\.(experimental|preprocessing)$/.test(inner)) return kerasModule('keras.layers');
      if (members[inner] !== undefined) return kerasModule(inner);
      return attribute.startsWith('__') ? undefined : new Unknown(`${inner} is not modelled`);
    },
    () => Object.keys(own),
  );
  cache.set(plain, module);
  return module;
}
