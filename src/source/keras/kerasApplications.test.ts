import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyzeSource, AnalysisMemory } from '../analyze';
import { installedPackage } from '../testing/installedPackage';

/** Parameters of the networks of keras_applications 1.0.8 as its documentation tells them. */
const documented: readonly (readonly [string, number])[] = [
  ['xception.Xception', 22_910_480],
  ['vgg16.VGG16', 138_357_544],
  ['vgg19.VGG19', 143_667_240],
  ['resnet.ResNet50', 25_636_712],
  ['resnet.ResNet101', 44_707_176],
  ['resnet.ResNet152', 60_419_944],
  ['resnet_v2.ResNet50V2', 25_613_800],
  ['resnet_v2.ResNet101V2', 44_675_560],
  ['resnet_v2.ResNet152V2', 60_380_648],
  ['resnext.ResNeXt50', 25_097_128],
  ['resnext.ResNeXt101', 44_315_560],
  ['inception_v3.InceptionV3', 23_851_784],
  ['inception_resnet_v2.InceptionResNetV2', 55_873_736],
  ['mobilenet.MobileNet', 4_253_864],
  ['mobilenet_v2.MobileNetV2', 3_538_984],
  ['densenet.DenseNet121', 8_062_504],
  ['densenet.DenseNet169', 14_307_880],
  ['densenet.DenseNet201', 20_242_984],
  ['nasnet.NASNetMobile', 5_326_716],
  ['nasnet.NASNetLarge', 88_949_818],
];

const folder = installedPackage('keras_applications', '1.0.8', '__init__.py');
const modules = [...new Set(documented.map(([name]) => name.split('.')[0]))];
const text = `import keras
from keras_applications import ${modules.join(', ')}

parts = dict(backend=keras.backend, layers=keras.layers, models=keras.models, utils=keras.utils)
${documented.map(([name]) => `\ndef my_${name.split('.')[1]}():\n    return ${name}(weights=None, **parts)\n`).join('')}`;
const read = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
const reader = { read: (path: string) => (path === '/w/nets.py' ? text : read(path)) };

describe.skipIf(folder === undefined)(
  'networks of keras_applications have the parameters of their documentation',
  () => {
    const packages = { folders: [folder!], names: ['keras_applications'] };
    const memory = new AnalysisMemory();
    it.each(documented)('%s', (name, params) => {
      const options = { packages, entries: [`my_${name.split('.')[1]}`] };
      const [model] = analyzeSource('/w/nets.py', reader, options, memory).models;
      // Keras counts the moving mean and variance of every normalisation as well, which are not trained.
      const moving = model.elementwise
        .filter(({ op }) => op === 'BatchNormalization')
        .reduce((sum, { output }) => sum + 2 * (output?.at(-1) ?? NaN), 0);
      expect([(model.totals.params ?? NaN) + moving, model.unknown]).toEqual([params, []]);
    });
  },
);
