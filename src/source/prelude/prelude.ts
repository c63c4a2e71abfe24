import { argparse } from './argparse';
import { kerasApplications } from './kerasApplications';
import { lightning } from './lightning';
import { timmLayers, timmRegistry } from './timm';
import { torchvisionModels } from './torchvision';
import { activations, transformers } from './transformers';

/** Where the files of the prelude are: a name that no disk has. */
export const preludeFolder = 'layerwise:';

/** What stands in for `keras.applications`: the names of Keras itself are those of our own modules. */
export const kerasApplicationsName = 'layerwise.keras_applications';

/** Modules of well-known libraries, by their names. */
const modules: Readonly<Record<string, string>> = {
  argparse,
  [kerasApplicationsName]: kerasApplications,
  pytorch_lightning: lightning,
  lightning,
  'lightning.pytorch': lightning,
  'timm.layers': timmLayers,
  'timm.models.layers': timmLayers,
  'timm.models.registry': timmRegistry,
  'timm.models': timmRegistry,
  torchvision: '',
  'torchvision.models': torchvisionModels,
  'torchvision.models.resnet': torchvisionModels,
  'torchvision.models.vgg': torchvisionModels,
  transformers,
  'transformers.modeling_utils': transformers,
  'transformers.configuration_utils': transformers,
  'transformers.utils': transformers,
  'transformers.modeling_outputs': transformers,
  'transformers.activations': activations,
};

/**
 * Parts of well-known libraries, written in Python for our own evaluation. They stand in where the library itself cannot be read.
 * Their files have names that no disk has.
 */
const files: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(modules).map(([name, text]) => [`${preludeFolder}/${name.replaceAll('.', '/')}/__init__.py`, text]),
);

export function preludeFile(path: string): string | undefined {
  return path.startsWith(preludeFolder) && Object.hasOwn(files, path) ? files[path] : undefined;
}
