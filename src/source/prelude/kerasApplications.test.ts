import { describe, expect, it } from 'vitest';
import { analyzeSource } from '../analyze';
import type { SourceModel } from '../sourceModel';

function modelsOf(text: string): readonly SourceModel[] {
  return analyzeSource('/w/net.py', { read: (path) => (path === '/w/net.py' ? text : undefined) }).models;
}

/** Keras counts the moving mean and variance of every normalisation as well, which are not trained. */
function documentedParams({ totals, elementwise }: SourceModel): number {
  const moving = elementwise
    .filter(({ op }) => op === 'BatchNormalization')
    .reduce((sum, { output }) => sum + 2 * (output?.at(-1) ?? NaN), 0);
  return (totals.params ?? NaN) + moving;
}

describe('keras.applications', () => {
  it.each([
    ['from keras.applications import VGG16', 'VGG16'],
    ['from keras.applications.vgg16 import VGG16, preprocess_input', 'VGG16'],
    ['from tensorflow.keras.applications import VGG16', 'VGG16'],
    ['from tensorflow.keras.applications.vgg16 import VGG16, preprocess_input, decode_predictions', 'VGG16'],
    ['from tensorflow.python.keras.applications.vgg16 import VGG16', 'VGG16'],
    ['from tf_keras.applications import vgg16', 'vgg16.VGG16'],
    ['from tensorflow.keras import applications', 'applications.VGG16'],
    ['from keras.applications import *', 'VGG16'],
    ['import keras', 'keras.applications.VGG16'],
    ['import keras.applications.vgg16', 'keras.applications.vgg16.VGG16'],
    ['import tensorflow as tf', 'tf.keras.applications.VGG16'],
    ['import tensorflow.keras as keras', 'keras.applications.vgg16.VGG16'],
    ['import tensorflow.keras.applications.vgg16 as net', 'net.VGG16'],
  ])('%s', (line, network) => {
    const [model] = modelsOf(`${line}\nmodel = ${network}(weights='imagenet')\n`);
    expect([documentedParams(model), model.output, model.unknown]).toEqual([138_357_544, [1, 1000], []]);
  });

  // Of EfficientNet: with the mean and variance of three channels and the count that its Normalization keeps.
  it.each([
    ['VGG16', 138_357_544, 224],
    ['VGG19', 143_667_240, 224],
    ['ResNet50', 25_636_712, 224],
    ['ResNet101', 44_707_176, 224],
    ['ResNet152', 60_419_944, 224],
    ['ResNet50V2', 25_613_800, 224],
    ['ResNet101V2', 44_675_560, 224],
    ['ResNet152V2', 60_380_648, 224],
    ['MobileNet', 4_253_864, 224],
    ['MobileNetV2', 3_538_984, 224],
    ['DenseNet121', 8_062_504, 224],
    ['DenseNet169', 14_307_880, 224],
    ['DenseNet201', 20_242_984, 224],
    ['Xception', 22_910_480, 299],
    ['InceptionV3', 23_851_784, 299],
    ['InceptionResNetV2', 55_873_736, 299],
    ['EfficientNetB0', 5_330_571 - 7, 224],
    ['EfficientNetB1', 7_856_239 - 7, 240],
    ['EfficientNetB2', 9_177_569 - 7, 260],
    ['EfficientNetB3', 12_320_535 - 7, 300],
    ['EfficientNetB4', 19_466_823 - 7, 380],
    ['EfficientNetB5', 30_562_527 - 7, 456],
    ['EfficientNetB6', 43_265_143 - 7, 528],
    ['EfficientNetB7', 66_658_687 - 7, 600],
  ])('%s has the parameters that Keras documents', (name, params, side) => {
    const [model] = modelsOf(`from keras import applications\nmodel = applications.${name}()\n`);
    expect([documentedParams(model), model.inputs, model.output]).toEqual([params, [[1, side, side, 3]], [1, 1000]]);
    expect(model.unknown).toEqual([]);
  });
});
