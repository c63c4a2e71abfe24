import { describe, expect, it } from 'vitest';
import { existsSync, readFileSync } from 'node:fs';
import { analyzeSource, AnalysisMemory } from '../analyze';
import type { LayerInstance, SourceModel } from '../sourceModel';
import { installedPackage } from '../testing/installedPackage';

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

const installed = installedPackage('keras_applications', '1.0.8', '__init__.py');

describe.skipIf(installed === undefined)('keras.applications is, layer by layer, keras_applications 1.0.8', () => {
  const networks = [
    'vgg16.VGG16',
    'vgg19.VGG19',
    'resnet.ResNet50',
    'resnet.ResNet101',
    'resnet.ResNet152',
    'resnet_v2.ResNet50V2',
    'resnet_v2.ResNet101V2',
    'resnet_v2.ResNet152V2',
    'mobilenet.MobileNet',
    'mobilenet_v2.MobileNetV2',
    'densenet.DenseNet121',
    'densenet.DenseNet169',
    'densenet.DenseNet201',
    'xception.Xception',
    'inception_v3.InceptionV3',
    'inception_resnet_v2.InceptionResNetV2',
  ];

  /** Keras has given some layers other names since then: classifiers, and layers whose names had a slash. */
  const renamed: Readonly<Record<string, string>> = {
    probs: 'predictions',
    fc1000: 'predictions',
    Logits: 'predictions',
    'conv1/conv': 'conv1_conv',
    'conv1/bn': 'conv1_bn',
  };

  const memory = new AnalysisMemory();
  const packages = { folders: [installed ?? ''], names: ['keras_applications'] };
  const read = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);

  /** What it is: name, kind, settings, shapes, parameters, products. */
  function facts({ path, op, settings, parameters, input, output, macs }: LayerInstance): unknown[] {
    // The channels are the last of four dimensions.
    const told = settings.axis === 3 ? { ...settings, axis: -1 } : settings;
    // The first of a MobileNet now pads itself, which came from a layer of its own before.
    const padsItself = path.toLowerCase() === 'conv1';
    const shapes = padsItself ? [{ ...told, padding: null }, parameters, output] : [told, parameters, input, output];
    return [renamed[path] ?? path, op, macs, ...shapes];
  }

  /** The layers with weights, in order. */
  function layersOf(text: string): unknown[] {
    const file = '/w/net.py';
    const reader = { read: (path: string) => (path === file ? text : read(path)) };
    const [{ layers, elementwise, totals, unknown }] = analyzeSource(file, reader, { packages }, memory).models;
    // Conditions on open sizes are theirs.
    const reasons = unknown.filter(({ reason }) => !reason.startsWith('condition is unknown'));
    return [layers.map(facts), elementwise.map(facts), totals, reasons];
  }

  const variants = [
    ...networks.flatMap((path) => ['', ', include_top=False, input_shape=(160, 128, 3)'].map((more) => [path, more])),
    ...networks.flatMap((path) => [[path, ', include_top=False']]),
    ['mobilenet.MobileNet', ', alpha=0.5, depth_multiplier=2, classes=7'],
    ['mobilenet_v2.MobileNetV2', ", alpha=0.35, include_top=False, pooling='avg', input_shape=(96, 96, 3)"],
    ['mobilenet_v2.MobileNetV2', ', alpha=1.4, input_shape=(224, 224, 1), classes=7'],
  ];
  const parts = 'backend=keras.backend, layers=keras.layers, models=keras.models, utils=keras.utils';
  it.each(variants)('%s%s', (path, more) => {
    const [module, name] = path.split('.');
    const theirs = `import keras\nfrom keras_applications import ${module}\ndef build():\n    return ${path}(weights=None, ${parts}${more})\n`;
    const ours = `from keras.applications import ${name}\ndef build():\n    return ${name}(weights=None${more})\n`;
    expect(layersOf(ours)).toEqual(layersOf(theirs));
  });
});
