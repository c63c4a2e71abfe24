import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../analyze';
import type { SourceModel } from '../sourceModel';

function modelOf(text: string): SourceModel {
  const analysis = analyzeSource('/w/model.py', { read: (path) => (path === '/w/model.py' ? text : undefined) });
  expect(analysis.models.map(({ failure }) => failure)).toEqual([undefined]);
  return analysis.models[0];
}

function rows({ layers }: SourceModel): unknown[] {
  return layers.map(({ path, output, params, macs }) => [path, output?.join('x'), params, macs]);
}

describe('Sequential', () => {
  // A 28 x 28 image, 3 x 3 windows without padding: 26, pooled 13, 11, pooled 5; 5 * 5 * 64 = 1600 features.
  const truth = [
    ['conv2d', '1x26x26x32', 9 * 32 + 32, 26 * 26 * 32 * 9],
    ['conv2d_1', '1x11x11x64', 9 * 32 * 64 + 64, 11 * 11 * 64 * 9 * 32],
    ['dense', '1x10', 1600 * 10 + 10, 16000],
  ];

  it('from a list with Input', () => {
    const model = modelOf(`
from tensorflow import keras
from tensorflow.keras import layers

model = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 1)),
        layers.Conv2D(32, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Conv2D(64, kernel_size=(3, 3), activation="relu"),
        layers.MaxPooling2D(pool_size=(2, 2)),
        layers.Flatten(),
        layers.Dropout(0.5),
        layers.Dense(10, activation="softmax"),
    ]
)
`);
    expect(rows(model)).toEqual(truth);
    expect(model).toMatchObject({
      framework: 'keras',
      inputs: [[1, 28, 28, 1]],
      inputOrigin: 'declared',
      output: [1, 10],
    });
    expect(model.totals).toEqual({ params: 320 + 18496 + 16010, macs: 194688 + 2230272 + 16000, layers: 3 });
  });

  it('with its channels first', () => {
    const model = modelOf(`
from tensorflow.keras import Input, Sequential, layers

first = {"data_format": "channels_first"}
model = Sequential([
    Input(shape=(1, 28, 28)),
    layers.Conv2D(32, 3, activation="relu", **first),
    layers.BatchNormalization(axis=1),
    layers.MaxPooling2D(**first),
    layers.ZeroPadding2D((1, 0), **first),
    layers.Conv2D(64, 3, **first),
    layers.GlobalAveragePooling2D(keepdims=True, **first),
    layers.Flatten(),
    layers.Dense(10),
])
`);
    expect(rows(model)).toEqual([
      ['conv2d', '1x32x26x26', 9 * 32 + 32, 26 * 26 * 32 * 9],
      ['conv2d_1', '1x64x13x11', 9 * 32 * 64 + 64, 13 * 11 * 64 * 9 * 32],
      ['dense', '1x10', 64 * 10 + 10, 640],
    ]);
  });

  it('with add and input_shape, in a function', () => {
    const model = modelOf(`
import keras
from keras.models import Sequential
from keras.layers import Conv2D, MaxPooling2D, Flatten, Dense

def build(classes=10):
    model = Sequential()
    model.add(Conv2D(32, (3, 3), activation='relu', input_shape=(28, 28, 1)))
    model.add(MaxPooling2D((2, 2)))
    model.add(Conv2D(64, (3, 3), activation='relu'))
    model.add(MaxPooling2D((2, 2)))
    model.add(Flatten())
    model.add(Dense(classes))
    return model
`);
    expect(rows(model)).toEqual(truth);
    expect(model.entry).toBe('build');
  });
});

describe('functional', () => {
  it('a residual network with depthwise separable blocks', () => {
    const model = modelOf(`
import tensorflow as tf
from tensorflow.keras import layers, Model, Input

def block(x, filters, stride=1, name=None):
    shortcut = x
    x = layers.DepthwiseConv2D(3, strides=stride, padding='same', use_bias=False, name=name + '_dw')(x)
    x = layers.BatchNormalization(name=name + '_bn')(x)
    x = layers.Activation('relu')(x)
    x = layers.Conv2D(filters, 1, use_bias=False, name=f'{name}_pw')(x)
    if stride != 1 or shortcut.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1, strides=stride, use_bias=False, name=name + '_skip')(shortcut)
    return layers.Add()([x, shortcut])

def small(shape=(32, 32, 3), classes=5):
    inputs = Input(shape=shape)
    x = layers.Conv2D(8, 3, strides=2, padding='same', name='stem')(inputs)
    for i, filters in enumerate([8, 16]):
        x = block(x, filters, stride=1 if i == 0 else 2, name='block%d' % i)
    x = layers.GlobalAveragePooling2D()(x)
    outputs = layers.Dense(classes, name='head')(x)
    return Model(inputs, outputs, name='small')
`);
    expect(rows(model)).toEqual([
      ['stem', '1x16x16x8', 9 * 3 * 8 + 8, 256 * 8 * 27],
      ['block0_dw', '1x16x16x8', 9 * 8, 256 * 8 * 9],
      ['block0_pw', '1x16x16x8', 64, 256 * 64],
      ['block1_dw', '1x8x8x8', 72, 64 * 8 * 9],
      ['block1_pw', '1x8x8x16', 128, 64 * 128],
      ['block1_skip', '1x8x8x16', 128, 64 * 128],
      ['head', '1x5', 85, 80],
    ]);
    // Each normalisation trains scale and shift of 8 channels; its mean and variance are not trained.
    expect(model.totals.params).toBe(224 + 72 + 64 + 72 + 128 + 128 + 85 + 2 * 16);
    expect(model.output).toEqual([1, 5]);
  });

  it('a network that goes on from the layers of another, or ends at one of them', () => {
    const text = (tail: string): string => `
from keras import layers, Model, Input
def base():
    x = inputs = Input((32, 32, 3))
    for i in range(3):
        x = layers.Conv2D(4 << i, 3, strides=2, padding='same', name=f'conv{i}')(x)
    return Model(inputs, x)

def net():
    backbone = base()
${tail}
`;
    const of = (tail: string): unknown[] => {
      const { models } = analyzeSource('/w/m.py', { read: () => text(tail) });
      return rows(models.find(({ entry }) => entry === 'net')!);
    };
    const convolutions = [
      ['conv0', '1x16x16x4', 112, 256 * 4 * 27],
      ['conv1', '1x8x8x8', 296, 64 * 8 * 36],
      ['conv2', '1x4x4x16', 1168, 16 * 16 * 72],
    ];
    // Two levels of features, as detectors take them, and a head on the last.
    const pyramid = of(`
    fine = layers.Conv2D(2, 1, name='fine')(backbone.get_layer('conv1').output)
    coarse = layers.Conv2D(2, 1, name='coarse')(backbone.output)
    return Model(backbone.input, [fine, coarse])`);
    expect(pyramid).toEqual([...convolutions, ['fine', '1x8x8x2', 18, 64 * 16], ['coarse', '1x4x4x2', 34, 16 * 32]]);
    const features = of("    return Model(backbone.input, backbone.get_layer('conv1').output)");
    expect(features).toEqual(convolutions.slice(0, 2));
  });

  it('the layers of a model begin with its input and tell the shapes that they gave', () => {
    const model = modelOf(`
from keras import layers, Model, Input
def net():
    x = Input((8, 8, 3))
    y = layers.Flatten()(layers.Conv2D(4, 3, name='first')(x))
    base = Model(x, layers.Dense(2)(y))
    first = base.get_layer(index=1)
    size = len(base.layers) * first.output_shape[-1] + base.output_shape[1]
    return Model(base.layers[0].output, layers.Dense(size, name='last')(base.layers[-2].output))
`);
    // An input and three layers, of which one gives four channels; two outputs.
    expect(rows(model)).toEqual([
      ['first', '1x6x6x4', 112, 36 * 4 * 27],
      ['last', '1x18', 144 * 18 + 18, 144 * 18],
    ]);
  });

  it('one network for two inputs counts for both', () => {
    const model = modelOf(`
from keras import layers, Model, Input
def siamese():
    one = Input((16,))
    base = Model(one, layers.Dense(8, name='embed')(one), name='base')
    a, b = Input((16,)), Input((16,))
    return Model([a, b], layers.Dense(1, name='score')(layers.Subtract()([base(a), base(b)])))
`);
    expect(rows(model)).toEqual([
      ['base.embed', '1x8', 16 * 8 + 8, 2 * 128],
      ['score', '1x1', 9, 8],
    ]);
    expect(model.totals).toMatchObject({ params: 136 + 9, macs: 264 });
  });

  it('a U-net: transposed convolution and concatenation', () => {
    const model = modelOf(`
from keras import layers, models
def unet():
    inputs = layers.Input((64, 64, 1))
    a = layers.Conv2D(4, 3, padding="same")(inputs)
    b = layers.Conv2D(8, 3, padding="same")(layers.MaxPooling2D()(a))
    up = layers.Conv2DTranspose(4, 2, strides=2, padding="same")(b)
    y = layers.concatenate([up, a])
    return models.Model(inputs=[inputs], outputs=[layers.Conv2D(1, 1)(y)])
`);
    expect(rows(model)).toEqual([
      ['conv2d', '1x64x64x4', 40, 4096 * 4 * 9],
      ['conv2d_1', '1x32x32x8', 9 * 4 * 8 + 8, 1024 * 8 * 36],
      ['conv2d_transpose', '1x64x64x4', 2 * 2 * 4 * 8 + 4, 1024 * 8 * 4 * 4],
      ['conv2d_2', '1x64x64x1', 9, 4096 * 8],
    ]);
  });
});

it('how a model is trained is nothing that could not be evaluated', () => {
  const model = modelOf(`
from tensorflow import keras
from tensorflow.keras import layers, regularizers, initializers

class Stop(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        pass

def net():
    init = initializers.RandomNormal(stddev=0.02)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(
        3, kernel_regularizer=regularizers.l2(1e-4), kernel_initializer=init, bias_constraint=keras.constraints.NonNeg())])
    rate = keras.optimizers.schedules.CosineDecay(1e-3, 100)
    model.compile(keras.optimizers.Adam(rate), loss=keras.losses.MeanSquaredError(), metrics=[keras.metrics.AUC()])
    stop = Stop()
    return model
`);
  expect(rows(model)).toEqual([['dense', '1x3', 15, 12]]);
  expect(model.unknown).toEqual([]);
});

describe('subclassed', () => {
  it('layers as attributes and in lists', () => {
    const model = modelOf(`
import tensorflow as tf

class Block(tf.keras.layers.Layer):
    def __init__(self, filters):
        super().__init__()
        self.conv = tf.keras.layers.Conv2D(filters, 3, padding='same', use_bias=False)
        self.bn = tf.keras.layers.BatchNormalization()

    def call(self, x, training=False):
        return tf.nn.relu(self.bn(self.conv(x), training=training))

class Net(tf.keras.Model):
    def __init__(self, classes=10):
        super(Net, self).__init__()
        self.blocks = [Block(8 * 2 ** i) for i in range(2)]
        self.pool = tf.keras.layers.MaxPool2D() if False else tf.keras.layers.MaxPooling2D()
        self.flatten = tf.keras.layers.Flatten()
        self.head = tf.keras.layers.Dense(classes)

    def call(self, x):
        for block in self.blocks:
            x = self.pool(block(x))
        return self.head(self.flatten(x))
`);
    expect(model.inputs).toEqual([[1, 224, 224, 3]]);
    expect(rows(model)).toEqual([
      ['blocks.0.conv', '1x224x224x8', 216, 224 * 224 * 216],
      ['blocks.1.conv', '1x112x112x16', 1152, 112 * 112 * 1152],
      ['head', '1x10', 56 * 56 * 16 * 10 + 10, 56 * 56 * 160],
    ]);
  });
});

describe('sequences', () => {
  it('recurrent layers, in both directions and stacked', () => {
    const model = modelOf(`
from keras import layers, models
model = models.Sequential([
    layers.Input((20,)),
    layers.Embedding(1000, 16),
    layers.Bidirectional(layers.LSTM(32, return_sequences=True)),
    layers.GRU(24, return_sequences=True),
    layers.SimpleRNN(8, use_bias=False),
    layers.Dense(2),
])
`);
    // Per step: gates x units x (features + units). LSTM: 4 gates, 16 + 32; GRU: 3 gates, 64 + 24, and a bias for each of its
    // two products; 24 + 8 without bias.
    expect(rows(model)).toEqual([
      ['embedding', '1x20x16', 16000, 0],
      ['bidirectional.forward_layer', '1x20x32', 4 * 32 * (16 + 32) + 4 * 32, 20 * 4 * 32 * (16 + 32)],
      ['bidirectional.backward_layer', '1x20x32', 4 * 32 * (16 + 32) + 4 * 32, 20 * 4 * 32 * (16 + 32)],
      ['gru', '1x20x24', 3 * 24 * (64 + 24) + 2 * 3 * 24, 20 * 3 * 24 * (64 + 24)],
      ['simple_rnn', '1x8', 8 * (24 + 8), 20 * 8 * (24 + 8)],
      ['dense', '1x2', 18, 16],
    ]);
    expect(model.output).toEqual([1, 2]);
  });

  it('states of an encoder for a decoder', () => {
    const model = modelOf(`
from tensorflow.keras.layers import Input, LSTM, Dense, TimeDistributed
from tensorflow.keras.models import Model

def translator(words=50, units=16):
    source = Input(shape=(7, words))
    _, h, c = LSTM(units, return_state=True, name='encoder')(source)
    target = Input(shape=(9, words))
    y = LSTM(units, return_sequences=True, name='decoder')(target, initial_state=[h, c])
    y = TimeDistributed(Dense(words, name='word'), name='words')(y)
    return Model([source, target], y)
`);
    expect(rows(model)).toEqual([
      ['encoder', '1x16', 4 * 16 * (50 + 16) + 64, 7 * 4 * 16 * (50 + 16)],
      ['decoder', '1x9x16', 4 * 16 * (50 + 16) + 64, 9 * 4 * 16 * (50 + 16)],
      ['words.layer', '9x50', 16 * 50 + 50, 9 * 16 * 50],
    ]);
    expect(model.output).toEqual([1, 9, 50]);
  });

  it('a convolution at every frame', () => {
    const model = modelOf(`
from keras import layers, models
model = models.Sequential()
model.add(layers.TimeDistributed(layers.Conv2D(4, 3), input_shape=(5, 10, 10, 1)))
model.add(layers.TimeDistributed(layers.GlobalAveragePooling2D()))
model.add(layers.LSTM(6))
`);
    expect(rows(model)).toEqual([
      ['time_distributed.layer', '5x8x8x4', 9 * 4 + 4, 5 * 64 * 4 * 9],
      ['lstm', '1x6', 4 * 6 * (4 + 6) + 24, 5 * 4 * 6 * 10],
    ]);
  });

  // 12 x 12 images: 10 x 10 after the convolution, averaged to 4 features; 7 of them.
  const everyFrame = [
    ['frames.layer.look', '7x10x10x4', 9 * 3 * 4 + 4, 7 * 100 * 4 * 27],
    ['frames.layer.say', '7x6', 4 * 6 + 6, 7 * 24],
    ['head', '1x2', 7 * 6 * 2 + 2, 84],
  ];

  it.each([
    ['functional', 'one = Input((12, 12, 3))\n    inner = Model(one, say(pool(look(one))))'],
    ['Sequential', 'inner = Sequential([look, pool, say])'],
  ])('a %s model at every frame', (_kind, made) => {
    const model = modelOf(`
from keras import layers, Model, Input, Sequential
def video():
    look, pool, say = layers.Conv2D(4, 3, name='look'), layers.GlobalAveragePooling2D(), layers.Dense(6, name='say')
    ${made}
    clip = Input((7, 12, 12, 3))
    z = layers.TimeDistributed(inner, name='frames')(clip)
    return Model(clip, layers.Dense(2, name='head')(layers.Flatten()(z)))
`);
    expect(rows(model)).toEqual(everyFrame);
    expect(model.unknown).toEqual([]);
    expect(model.totals.macs).toBe(7 * 10800 + 168 + 84);
    // Each layer is one, called once for all frames.
    expect(model.layers.map(({ uses }) => uses)).toEqual([1, 1, 1]);
  });

  it('a functional model at every frame of a Sequential, whose weights are shared with another call', () => {
    const text = `
from keras import layers, Model, Input, Sequential
def inner():
    one = Input((8, 8, 1))
    y = layers.Conv2D(2, 3, name='look')(one)
    return Model(one, layers.Flatten()(y), name='inner')

class Video(Model):
    def __init__(self):
        super().__init__()
        self.inner = inner()
        self.frames = Sequential([layers.TimeDistributed(self.inner, name='each')])
        self.head = layers.Dense(3)

    def call(self, x):
        return self.head(self.frames(x)[:, 0] + self.inner(x[:, 0]))

video = Video()
video.build((None, 5, 8, 8, 1))
`;
    const { models } = analyzeSource('/w/m.py', { read: () => text }, { inputs: [[1, 5, 8, 8, 1]] });
    const model = models.find(({ entry }) => entry === 'Video')!;
    // 36 places of 2 channels from windows of 9: five frames and one more.
    expect(rows(model)[0]).toEqual(['inner.look', '5x6x6x2', 20, 6 * 36 * 18]);
    expect(model.layers[0].uses).toBe(2);
  });

  it('two models with a head each on one trunk', () => {
    const text = `
from keras import layers, Model, Input

def made(which):
    x = Input((8, 8, 3), name='image')
    y = layers.Conv2D(4, 3, padding='same', name='first')(x)
    y = y + layers.Dropout(0.1, name='drop')(layers.Conv2D(4, 3, padding='same', name='second')(y))
    y = layers.Flatten(name='flat')(y[:, ::2])
    policy = layers.Dense(5, name='policy')(y)
    value = layers.Dense(1, name='value')(y)
    unused = layers.Dense(7, name='unused')(y)
    actor = Model(x, policy)
    critic = Model(inputs=x, outputs=value)
    both = Model(x, {'value': value, 'policy': policy})
    return {'actor': actor, 'critic': critic, 'both': both, 'part': Model(x, actor.get_layer('second').output)}[which]
`;
    const expected = {
      actor: ['first', 'second', 'policy'],
      critic: ['first', 'second', 'value'],
      both: ['first', 'second', 'policy', 'value'],
      part: ['first', 'second'],
    };
    const entries = Object.keys(expected).map((which) => `made('${which}')`);
    const { models } = analyzeSource('/w/m.py', { read: () => text }, { entries });
    const found = Object.fromEntries(models.map(({ entry, layers }) => [entry, layers.map(({ path }) => path)]));
    expect(found).toEqual(Object.fromEntries(Object.values(expected).map((paths, at) => [entries[at], paths])));
    expect(models.flatMap(({ unknown }) => unknown)).toEqual([]);
  });

  it('all layers since the last model where the way to the output is lost', () => {
    const model = modelOf(`
from keras import layers, Model, Input
from elsewhere import mixed

def net():
    x = Input((16,))
    y = layers.Dense(8, name='first')(x)
    return Model(x, layers.Dense(2, name='second')(mixed(y)))
`);
    expect(model.layers.map(({ path }) => path)).toEqual(['first', 'second']);
  });

  it('attention over itself and over another sequence', () => {
    const model = modelOf(`
from keras import layers, Model, Input

def block():
    x = Input((10, 32))
    memory = Input((6, 20))
    y = layers.MultiHeadAttention(num_heads=4, key_dim=8, name='own')(x, x)
    y = layers.LayerNormalization()(x + y)
    z, scores = layers.MultiHeadAttention(2, 16, value_dim=5, use_bias=False, name='cross')(
        y, memory, return_attention_scores=True)
    return Model([x, memory], [z, scores])
`);
    // query, key, value: features x heads x size each; then heads x size to the features of the query.
    const own = 32 * 32 + 32;
    expect(rows(model)).toEqual([
      ['own.query', '1x10x32', own, 10 * 32 * 32],
      ['own.key', '1x10x32', own, 10 * 32 * 32],
      ['own.value', '1x10x32', own, 10 * 32 * 32],
      ['own.attention_output', '1x10x32', own, 10 * 32 * 32],
      ['cross.query', '1x10x32', 32 * 32, 10 * 32 * 32],
      ['cross.key', '1x6x32', 20 * 32, 6 * 20 * 32],
      ['cross.value', '1x6x10', 20 * 10, 6 * 20 * 10],
      ['cross.attention_output', '1x10x32', 10 * 32, 10 * 10 * 32],
    ]);
    expect(model.totals.params).toBe(4 * own + 1024 + 640 + 200 + 320 + 64);
  });
});
