import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../analyze';

/** Each model of a file: its input, output, and what is trained in it; what could not be evaluated. */
function trained(text: string): Record<string, unknown> {
  const { models } = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) });
  return Object.fromEntries(
    models.map(({ entry, inputs, output, totals, unknown }) => [
      entry,
      [inputs?.[0].join('x'), output?.join('x'), totals.params, ...unknown.map(({ reason }) => reason)],
    ]),
  );
}

/** What Keras documents of networks without their classifiers, less the moving statistics. */
const vgg16 = 14_714_688;
const resnet50 = 23_587_712 - 53_120;
const mobileNetV2 = 2_257_984 - 34_112;
const efficientNetB0 = 4_049_571 - 42_023;

describe('models on top of networks of keras.applications', () => {
  it('goes on from the output of the base, whose first layers are frozen', () => {
    const code = `
from tensorflow.keras.applications.resnet50 import ResNet50, preprocess_input
from tensorflow.keras.layers import Dense, GlobalAveragePooling2D
from tensorflow.keras.models import Model

base = ResNet50(weights='imagenet', include_top=False, input_shape=(224, 224, 3))
x = GlobalAveragePooling2D()(base.output)
x = Dense(128, activation='relu')(x)
model = Model(inputs=base.input, outputs=Dense(10, activation='softmax')(x))
for layer in base.layers[:-4]:
    layer.trainable = False
model.compile(optimizer='adam', loss='categorical_crossentropy')
`;
    expect(trained(code)).toEqual({
      ResNet50: ['1x224x224x3', '1x7x7x2048', resnet50],
      Model: ['1x224x224x3', '1x10', resnet50 + 2048 * 128 + 128 + 1290],
    });
  });

  it.each([
    'Sequential([base, layers.Flatten(), layers.Dense(2)])',
    'Sequential()\nmodel.add(base)\nmodel.add(layers.Flatten())\nmodel.add(layers.Dense(2))',
    'Sequential([layers.InputLayer(input_shape=(150, 150, 3)), base, layers.Flatten(), layers.Dense(2)])',
  ])('%s has the input of its base', (made) => {
    const code = `
from keras import layers
from keras.models import Sequential
from keras.applications import VGG16

base = VGG16(include_top=False, weights='imagenet', input_shape=(150, 150, 3))
thaws = False
for layer in base.layers:
    thaws = thaws or layer.name == 'block5_conv1'
    layer.trainable = thaws
model = ${made}
model.layers[0].trainable = False
`;
    expect(trained(code).Sequential).toEqual(['1x150x150x3', '1x2', vgg16 + 2 * 4 * 4 * 512 + 2]);
  });

  it('calls the base in inference, after changes of the image', () => {
    const code = `
import tensorflow as tf

def build(side=160):
    augment = tf.keras.Sequential([tf.keras.layers.RandomFlip('horizontal'), tf.keras.layers.RandomRotation(0.2)])
    base = tf.keras.applications.MobileNetV2(input_shape=(side, side) + (3,), include_top=False, weights='imagenet')
    base.trainable = False
    inputs = tf.keras.Input(shape=(side, side, 3))
    x = tf.keras.applications.mobilenet_v2.preprocess_input(augment(inputs))
    x = tf.keras.layers.GlobalAveragePooling2D()(base(x, training=False))
    outputs = tf.keras.layers.Dense(1)(tf.keras.layers.Dropout(0.2)(x))
    return tf.keras.Model(inputs, outputs)
`;
    expect(trained(code)).toEqual({ build: ['1x160x160x3', '1x1', mobileNetV2 + 1281] });
  });

  it('takes features at several layers', () => {
    const code = `
import tensorflow as tf
from tensorflow.keras.applications import MobileNetV2, mobilenet_v2

def features():
    base = MobileNetV2(input_shape=[128, 128, 3], include_top=False)
    return tf.keras.Model(inputs=base.input, outputs=base.get_layer('block_6_expand_relu').output)

def segment(classes=3):
    base = MobileNetV2(input_shape=[128, 128, 3], include_top=False)
    names = [f'block_{at}_expand_relu' for at in (1, 3, 6, 13)] + ['block_16_project']
    down = tf.keras.Model(inputs=base.input, outputs=[base.get_layer(name).output for name in names])
    inputs = tf.keras.layers.Input(shape=[128, 128, 3])
    *skips, x = down(inputs)
    for width, skip in zip([512, 256, 128, 64], reversed(skips)):
        x = tf.keras.layers.Conv2DTranspose(width, 3, strides=2, padding='same', use_bias=False)(x)
        x = tf.keras.layers.ReLU()(tf.keras.layers.BatchNormalization()(x))
        x = tf.keras.layers.Concatenate()([x, skip])
    last = tf.keras.layers.Conv2DTranspose(classes, 3, strides=2, padding='same')
    return tf.keras.Model(inputs=inputs, outputs=last(x))
`;
    const features = trained(code);
    // TensorFlow counts 6504227 in this network of its lesson on segmentation: with the moving statistics of the base but for
    // its last two normalisations, and of 512 + 256 + 128 + 64 channels above it.
    const moving = 34_112 - 2 * (320 + 1280) + 2 * 960;
    expect(features.segment).toEqual(['1x128x128x3', '1x128x128x3', 6_504_227 - moving]);
    expect((features.features as unknown[]).slice(0, 2)).toEqual(['1x128x128x3', '1x16x16x192']);
  });

  it('is given the tensor that it begins with', () => {
    const code = `
import keras
from keras import layers
from keras.applications import EfficientNetB0

def build(classes=120):
    inputs = layers.Input(shape=(224, 224, 3))
    x = layers.RandomFlip()(inputs)
    base = EfficientNetB0(include_top=False, input_tensor=x, weights='imagenet')
    x = layers.GlobalAveragePooling2D(name='avg_pool')(base.output)
    x = layers.BatchNormalization()(x)
    return keras.Model(inputs, layers.Dense(classes, name='pred')(x), name='EfficientNet')
`;
    const params = efficientNetB0 + 2 * 1280 + 1281 * 120;
    expect(trained(code)).toEqual({ build: ['1x224x224x3', '1x120', params] });
  });

  it('has a classifier made for the shape of its output', () => {
    const code = `
from keras import applications
from keras.models import Sequential, Model
from keras.layers import Flatten, Dense

def build():
    base = applications.VGG16(weights='imagenet', include_top=False, input_shape=(150, 150, 3))
    top = Sequential()
    top.add(Flatten(input_shape=base.output_shape[1:]))
    top.add(Dense(16, activation='relu'))
    top.add(Dense(1, activation='sigmoid'))
    return Model(inputs=base.input, outputs=top(base.output))
`;
    expect(trained(code)).toEqual({ build: ['1x150x150x3', '1x1', vgg16 + 8192 * 16 + 16 + 17] });
  });

  it('is part of a class', () => {
    const code = `
import tensorflow as tf

class Net(tf.keras.Model):
    def __init__(self, classes=5):
        super().__init__()
        make = tf.keras.applications.ResNet50
        self.base = make(include_top=False, pooling='avg', input_shape=(96, 96, 3))
        self.head = tf.keras.layers.Dense(classes)

    def call(self, x, training=False):
        return self.head(self.base(x, training=training))

net = Net()
net.build((None, 96, 96, 3))
`;
    expect(trained(code)).toEqual({ Net: ['1x96x96x3', '1x5', resnet50 + 2049 * 5] });
  });

  it('of an open size holds what it holds', () => {
    const code = `
from keras.applications.vgg19 import VGG19
from keras.models import Model, Sequential
from keras.layers import Dense, Input
from keras.applications import EfficientNetB0, MobileNetV2, ResNet50

def features():
    base = VGG19(include_top=False)
    return Model([base.input], [base.get_layer(name).output for name in ['block1_conv1', 'block5_conv2']])

def classify():
    return Sequential([ResNet50(include_top=False, pooling='avg'), Dense(2)])

def small(x=Input((None, None, 3))):
    return MobileNetV2(include_top=False, input_tensor=x)

def efficient():
    return EfficientNetB0(include_top=False, pooling='max')

def whole():
    base = ResNet50()
    return Model(base.input, base.layers[-2].output)
`;
    expect(trained(code)).toEqual({
      features: ['1xxx3', '1xxx64', 20_024_384 - 2 * (9 * 512 * 512 + 512)],
      classify: ['1xxx3', '1x2', resnet50 + 2049 * 2],
      small: ['1xxx3', '1xxx1280', mobileNetV2],
      efficient: ['1xxx3', '1x1280', efficientNetB0],
      whole: ['1x224x224x3', '1x2048', resnet50],
    });
  });

  it('says which network is not known', () => {
    const code = `
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.applications.NASNetLarge(include_top=False), tf.keras.layers.Dense(2)])
`;
    const { models } = analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? code : undefined) });
    expect(models[0].totals.params).toBeNull();
    expect(models[0].unknown.map(({ reason }) => reason)).toContain('keras.applications.NASNetLarge is not modelled');
  });
});
