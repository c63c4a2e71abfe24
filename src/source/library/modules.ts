import { kerasModule } from '../keras/library';
import { torchModule } from '../torch/library';
import { ModuleValue, Unknown, type Value } from '../values/values';
import { standardModules } from './standard';

const modules = new Map<string, ModuleValue>();

/** A module that we model ourselves; `undefined` for one to be read as source. */
export function knownModule(name: string): ModuleValue | undefined {
  const known = modules.get(name);
  if (known !== undefined) return known;
  const made = make(name);
  if (made !== undefined) modules.set(name, made);
  return made;
}

function make(name: string): ModuleValue | undefined {
  if (name === 'torch' || name.startsWith('torch.')) return torchModule(name);
  const keras = kerasModule(name);
  if (keras !== undefined) return keras;
  const table = standardModules[name];
  const unlisted = isOpaque(name);
  if (table !== undefined)
    return new ModuleValue(
      name,
      (attribute): Value | undefined => {
        if (Object.hasOwn(table, attribute)) return table[attribute];
        const inner = knownModule(`${name}.${attribute}`);
        if (inner !== undefined && !unlisted) return inner;
        return attribute.startsWith('__') && !unlisted
          ? undefined
          : new Unknown(`${name}.${attribute} is not modelled`);
      },
      () => Object.keys(table),
    );
  if (unlisted) return new ModuleValue(name, () => new Unknown(`${name} is not modelled`));
  return undefined;
}

function isOpaque(name: string): boolean {
  for (let end = name.length; end > 0; end = name.lastIndexOf('.', end - 1))
    if (opaque.has(name.slice(0, end))) return true;
  return false;
}

/** Modules that say nothing about the shape of a network, with all that is in them. */
const opaque = new Set(
  (
    'os sys json time datetime random logging pathlib glob shutil pickle io subprocess threading ' +
    'multiprocessing inspect importlib traceback platform socket hashlib tempfile csv string textwrap pprint ' +
    'statistics struct uuid urllib gc types weakref signal matplotlib PIL cv2 pandas scipy sklearn skimage ' +
    'tqdm wandb tensorboard tensorboardX yaml requests torchinfo torchsummary thop fvcore ptflops onnx onnxruntime ' +
    'torchvision.transforms torchvision.datasets torchvision.io'
  ).split(' '),
);
