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
});
