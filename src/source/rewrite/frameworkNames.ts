import type { Framework } from '../sourceModel';
import { importedNames, topLevelNames, type PythonText } from './pythonText';

/** How a file calls what the rewritten code needs, and the import it lacks for that. */
export interface FrameworkNames {
  /** What stands before `Conv2d`, `Linear`, `Sequential` of PyTorch: `nn.`, `torch.nn.`. */
  readonly prefix: string;
  /** A line to add to the imports, if one is needed. */
  readonly missing?: string;
}

/** How a file reaches the namespace of PyTorch's layers. */
export function torchNames(python: PythonText): FrameworkNames {
  const names = importedNames(python);
  for (const [name, path] of names) if (path === 'torch.nn') return { prefix: `${name}.` };
  for (const [name, path] of names) if (path === 'torch') return { prefix: `${name}.nn.` };
  if (!topLevelNames(python).has('nn')) return { prefix: 'nn.', missing: 'from torch import nn' };
  return { prefix: 'torch.nn.', missing: 'import torch' };
}

/** How a file reaches `keras.Sequential`. */
export function kerasNames(python: PythonText): FrameworkNames {
  const names = importedNames(python);
  for (const [name, path] of names)
    if (path === 'keras' || path === 'tensorflow.keras' || path === 'tf_keras') return { prefix: `${name}.` };
  for (const [name, path] of names) if (path === 'tensorflow') return { prefix: `${name}.keras.` };
  const paths = [...names.values()];
  if (paths.some((path) => path.startsWith('tf_keras.'))) return { prefix: 'tf_keras.', missing: 'import tf_keras' };
  const tensorflow = paths.some((path) => path.startsWith('tensorflow.'));
  return { prefix: 'keras.', missing: tensorflow ? 'from tensorflow import keras' : 'import keras' };
}

/** How a file calls the container of layers one after the other. */
export function sequentialName(
  python: PythonText,
  framework: Framework,
): { readonly name: string; readonly missing?: string } {
  const { prefix, missing } = framework === 'torch' ? torchNames(python) : kerasNames(python);
  for (const [name, path] of importedNames(python))
    if (/^(torch\.nn|(tensorflow\.)?keras(\.models)?)\.Sequential$/.test(path) && missing !== undefined)
      return { name };
  return { name: `${prefix}Sequential`, missing };
}
