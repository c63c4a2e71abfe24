import { kerasApplicationsName, preludeFolder } from '../prelude/prelude';
import { kerasNetworks } from '../prelude/kerasApplications';
import { ModuleValue, Native, Unknown, type Value } from '../values/values';

/** A function of the prelude, whose text is read when it is first called. */
function network(name: string): Native {
  const native = new Native(name, (args, machine) => {
    const module = machine.importer.load(kerasApplicationsName, 0, `${preludeFolder}/`);
    const found = module instanceof ModuleValue ? module.get(name) : undefined;
    return found === undefined ? new Unknown(`${name} of keras.applications`) : machine.call(found, args);
  });
  native.makesModel = true;
  return native;
}

const first = new Native('first', ({ positional: [value = null] }) => value);

const functions: Readonly<Record<string, Value>> = {
  ...Object.fromEntries(kerasNetworks.split(' ').map((name) => [name, network(name)])),
  preprocess_input: first,
  decode_predictions: first,
};

const parts =
  'vgg16 vgg19 resnet resnet50 resnet_v2 mobilenet mobilenet_v2 densenet xception inception_v3 inception_resnet_v2 efficientnet ' +
  'imagenet_utils';

/** `keras.applications` and its parts, each with all that they have. */
export const applications: Readonly<Record<string, Readonly<Record<string, Value>>>> = Object.fromEntries(
  ['', ...parts.split(' ').map((part) => `.${part}`)].map((part) => [`keras.applications${part}`, functions]),
);
