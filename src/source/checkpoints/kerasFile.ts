import { Dataset, File, Group } from 'jsfive';
import type { ByteSource } from '../../onnx/byteSource';
import { castTo } from '../../tensor/convert';
import { float64, sizeOf, type ElementType } from '../../tensor/tensor';
import type { Checkpoint, CheckpointTensor } from './checkpoint';
import { CheckpointFileError, damaged } from './errors';
import { zipEntries } from './zipArchive';

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

export function looksLikeHdf5(source: ByteSource): boolean {
  if (source.length < signature.length) return false;
  const start = source.read(0, signature.length);
  return signature.every((byte, i) => start[i] === byte);
}

/** The weights inside a `.keras` archive. */
export const kerasArchiveEntry = 'model.weights.h5';

/** A `.keras` archive. */
export function readKerasArchive(source: ByteSource): Checkpoint {
  return fromHdf5(zipEntries(source).get(kerasArchiveEntry)!.read(), source);
}

/**
 * Keras weights in HDF5, from `save_weights`, from `save`, or inside a `.keras` archive. Tensors are named as Keras names
 * them: `conv2d/kernel`; in files of Keras 3 `conv2d/vars/0`, the kernel before the bias. They keep Keras's layout (a
 * convolution's kernel is `[...k, I, O]`, a dense one `[I, O]`). The file is read whole, the tensors when they are asked
 * for. Throws a CheckpointFileError for damaged files.
 */
export function readKerasFile(source: ByteSource): Checkpoint {
  const bytes = new Uint8Array(source.length);
  source.copy(0, bytes);
  return fromHdf5(bytes, source);
}

function fromHdf5(bytes: Uint8Array, source: ByteSource): Checkpoint {
  const { within, found } = attempted('its directory', () => {
    const file = new File(bytes.buffer as ArrayBuffer);
    // `model.save` puts the weights beside the optimiser's state, `save_weights` puts them on top.
    const root = file.keys.includes('model_weights') ? 'model_weights' : '';
    const within = root || (file.keys.includes(listKey) ? listKey : '');
    return { within, found: [...datasets(root ? (file.get(root) as Group) : file, '')] };
  });
  // In files of `save`, a layer's group holds the tensors under the names that they have in the model.
  const inner = found.map(({ path }) => short(path.slice(path.indexOf('/') + 1)));
  const unique = new Set(inner).size === inner.length && found.every(({ path }) => path.includes('/'));
  const named = unique && inner.every((name) => name.includes('/') && !name.startsWith('vars/'));
  const tensors = new Map<string, CheckpointTensor>();
  for (const [i, { path, dataset }] of found.entries()) {
    const name = named ? inner[i] : short(path);
    tensors.set(name, tensorOf(name, dataset));
  }
  if (tensors.size === 0) {
    throw new CheckpointFileError(
      'The HDF5 file holds no tensors.',
      'Save the weights of a built model: model.save_weights("model.weights.h5").',
    );
  }
  return { format: 'keras', within, tensors, close: () => source.close() };
}

/** Names of TensorFlow end in the number of the operation's output. */
function short(name: string): string {
  return name.replace(/:0$/, '');
}

type Found = { readonly path: string; readonly dataset: Dataset };

function* datasets(group: Group, path: string): Generator<Found> {
  for (const key of group.keys) {
    const item = group.get(key);
    const inner = path ? `${path}/${key}` : key;
    if (item instanceof Dataset) yield { path: inner, dataset: item };
    else if (item instanceof Group && key === listKey) yield* listed(item, path, group);
    else if (item instanceof Group && !optimizers.has(key)) yield* datasets(item, inner);
  }
}

/** Beside the weights in files of whole models. */
const optimizers = new Set(['optimizer_weights', 'optimizer']);

/** Where Keras 3 keeps layers that it has not met as attributes before. */
const listKey = 'layers';

/** Layers of a list are numbered by their class, and bear the name that the model gives them; they count as the model's own. */
function* listed(list: Group, path: string, around: Group): Generator<Found> {
  for (const key of list.keys) {
    const item = list.get(key);
    if (!(item instanceof Group)) continue;
    const name = givenName(item) ?? key;
    const parts = [path, ...(around.keys.includes(name) ? [listKey] : []), name].filter(Boolean);
    yield* datasets(item, parts.join('/'));
  }
}

function givenName(layer: Group): string | undefined {
  const vars = layer.keys.includes('vars') ? layer.get('vars') : undefined;
  const name = vars instanceof Group ? vars.attrs.name : undefined;
  return typeof name === 'string' ? name : undefined;
}

const types: Readonly<Record<string, ElementType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  u1: 'uint8',
  i2: 'int16',
  u2: 'uint16',
  i4: 'int32',
  u4: 'uint32',
  i8: 'int64',
};

function tensorOf(name: string, dataset: Dataset): CheckpointTensor {
  const {
    shape: dims,
    storedAs,
    type,
  } = attempted(name, () => {
    const dtype = String(dataset.dtype);
    return { shape: dataset.shape.map(Number), storedAs: dtype, type: types[dtype.replace(/^[<>|=]/, '')] };
  });
  return {
    name,
    dims,
    type,
    storedAs,
    read: () => {
      if (!type)
        throw new CheckpointFileError(`${name} is stored as ${storedAs}, which can't be read.`, 'Save it in float32.');
      const values = attempted(name, () => dataset.value);
      if (values.length !== sizeOf(dims)) throw damaged(`${name} has ${values.length} elements of ${sizeOf(dims)}`);
      return castTo(float64(dims, Float64Array.from(values, Number)), type);
    },
  };
}

/** The HDF5 library throws texts and errors of its own. */
function attempted<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (CheckpointFileError.is(error)) throw error;
    throw damaged(`${what} can't be read (${error instanceof Error ? error.message : String(error)})`);
  }
}
