import { expect, it } from 'vitest';
import { analyzeSource } from '../analyze';
import type { SourceModel } from '../sourceModel';

function modelOf(text: string): SourceModel {
  const { models } = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) });
  expect(models).toHaveLength(1);
  return models[0];
}

/** An expression of `x` (1 x 4 x 6 x 8) in a Lambda. */
function applied(expression: string): SourceModel {
  return modelOf(`
import tensorflow as tf
from keras import backend as K, ops, layers, Model
def net():
    image = layers.Input((4, 6, 3))
    x = layers.Conv2D(8, 1)(image)
    return Model(image, layers.Lambda(lambda x: ${expression})(x))
`);
}

it('code that is given the parts of Keras, as in keras_applications', () => {
  const model = modelOf(`
import keras

backend = None
layers = None
models = None

def block(x, filters, name):
    axis = 3 if backend.image_data_format() == 'channels_last' else 1
    with backend.name_scope(name):
        y = layers.Conv2D(filters, 3, padding='SAME', use_bias=False, name=name + '_conv')(x)
        y = layers.BatchNormalization(axis=axis, name=name + '_bn')(y)
        assert backend.int_shape(y)[axis] == filters
    return layers.Lambda(lambda both, scale: both[0] + both[1] * scale, output_shape=backend.int_shape(y)[1:],
                         arguments={'scale': 0.1}, name=name + '_sum')([x, y])

def Net(input_tensor=None, **kwargs):
    global backend, layers, models
    backend, layers, models = [kwargs[part] for part in ('backend', 'layers', 'models')]
    if input_tensor is None:
        image = layers.Input((8, 8, 4))
    elif backend.is_keras_tensor(input_tensor):
        image = input_tensor
    x = block(block(image, 4, 'one'), 4, 'two')
    return models.Model(image, layers.Dense(2, name='head')(layers.GlobalMaxPooling2D()(x)))

def net():
    return Net(backend=keras.backend, layers=keras.layers, models=keras.models)
`);
  expect(model.unknown).toEqual([]);
  expect(model.layers.map(({ path, output, params }) => [path, output, params])).toEqual([
    ['one_conv', [1, 8, 8, 4], 9 * 4 * 4],
    ['two_conv', [1, 8, 8, 4], 9 * 4 * 4],
    ['head', [1, 2], 4 * 2 + 2],
  ]);
});

it.each([
  ['K.concatenate([x, x], axis=-1)', [1, 4, 6, 16]],
  ['K.mean(x, axis=[1, 2])', [1, 8]],
  ['K.permute_dimensions(x, (0, 3, 1, 2))', [1, 8, 4, 6]],
  ['K.l2_normalize(x, axis=-1)', [1, 4, 6, 8]],
  ['K.reshape(x, (-1, 24, 8))', [1, 24, 8]],
  ['K.expand_dims(K.relu(x), 1)', [1, 1, 4, 6, 8]],
])('functions of the backend: %s', (expression, shape) => {
  const model = applied(expression);
  expect([model.output, model.unknown]).toEqual([shape, []]);
});

it('tells where a layer loses the shape', () => {
  const model = modelOf(`
from keras import layers, Model
def net():
    image = layers.Input((4, 6, 3))
    x = layers.Conv2D(8, 1)([image, image])
    return Model(image, layers.Conv2D(4, 1)(x))
`);
  expect(model.unknown.map(({ range: { line }, reason }) => [line, reason])).toEqual([
    [5, 'the input is not a tensor'],
  ]);
});

it('reductions with the arguments of Keras', () => {
  const model = modelOf(`
import keras
from keras import layers, ops

inputs = keras.Input((6, 8))
spread = layers.Lambda(lambda x: ops.std(x, 1, True) + ops.max(x, axis=1, keepdims=True, initial=0))(inputs)
model = keras.Model(inputs, layers.Dense(3)(spread + ops.var(inputs, axis=-1, keepdims=True)))
`);
  expect([model.output, model.unknown]).toEqual([[1, 6, 3], []]);
});

it.each([
  ['ops.image.extract_patches(x, size=2)', [1, 2, 3, 32]],
  [
    "tf.image.extract_patches(images=x, sizes=[1, 3, 3, 1], strides=[1, 1, 1, 1], rates=[1, 1, 1, 1], padding='VALID')",
    [1, 2, 4, 72],
  ],
  ["tf.image.extract_patches(x, [1, 2, 2, 1], [1, 3, 3, 1], [1, 1, 1, 1], 'SAME')", [1, 2, 2, 32]],
  ['tf.matmul(x, x, transpose_a=True)', [1, 4, 8, 8]],
  ['tf.matmul(x, x, transpose_b=True)', [1, 4, 6, 6]],
  ['ops.matmul(x, ops.swapaxes(x, -1, -2))', [1, 4, 6, 6]],
  ["layers.experimental.preprocessing.RandomFlip('horizontal')(x)", [1, 4, 6, 8]],
  ['layers.experimental.preprocessing.Resizing(3, 5)(x)', [1, 3, 5, 8]],
])('functions over images: %s', (expression, shape) => {
  const model = applied(expression);
  expect([model.output, model.unknown]).toEqual([shape, []]);
});

it.each([
  ['mnist', [28, 28], 'x_train.shape[1:]'],
  ['fashion_mnist', [28, 28, 1], 'np.expand_dims(x_train, -1).shape[1:]'],
  ['cifar10', [32, 32, 3], 'np.concatenate([x_train, x_test], axis=0).shape[1:]'],
])('images of %s', (name, shape, expression) => {
  const model = modelOf(`
import numpy as np
from tensorflow import keras
(x_train, y_train), (x_test, y_test) = keras.datasets.${name}.load_data()
x_train = x_train.astype('float32') / 255
image = keras.Input(${expression})
model = keras.Model(image, keras.layers.Dense(3)(keras.layers.Flatten()(image)))
`);
  expect([model.inputs, model.totals.params]).toEqual([[[1, ...shape]], 3 * shape.reduce((a, b) => a * b) + 3]);
});
