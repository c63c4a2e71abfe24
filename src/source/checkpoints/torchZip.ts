import { bufferSource, type ByteSource } from '../../onnx/byteSource';
import type { Checkpoint } from './checkpoint';
import { CheckpointFileError, damaged } from './errors';
import { readPickle } from './pickle';
import { PickleBytes } from './pickleBytes';
import { findStateDict } from './stateDict';
import { TorchStorage, TorchType } from './torchValues';
import { zipEntries } from './zipArchive';

/**
 * A checkpoint as `torch.save` writes it since PyTorch 1.6: a zip archive with `data.pkl` and one file per storage in
 * `data/`. Only the pickle is read here. Throws a CheckpointFileError for damaged files and for anything but plain data in it.
 */
export function readTorchZip(source: ByteSource): Checkpoint {
  const entries = zipEntries(source);
  const pickleName = [...entries.keys()].find((name) => name === 'data.pkl' || /^[^/]+\/data\.pkl$/.test(name));
  if (pickleName === undefined) {
    throw new CheckpointFileError(
      'The archive is no PyTorch checkpoint: it has no data.pkl.',
      'Give a file written by torch.save, .safetensors, or Keras .h5.',
    );
  }
  const folder = pickleName.slice(0, -'data.pkl'.length);
  if (entries.has(`${folder}constants.pkl`)) {
    throw new CheckpointFileError(
      'The file is a TorchScript program, not a checkpoint.',
      'Save its weights: torch.save(torch.jit.load(file).state_dict(), "weights.pt").',
    );
  }
  const order = entries.get(`${folder}byteorder`)?.read();
  if (order && new TextDecoder().decode(order).trim() === 'big')
    throw new CheckpointFileError(
      'The checkpoint was written on a big-endian machine.',
      'Save it again on an ordinary one.',
    );
  const storage = (id: unknown): TorchStorage => {
    const [kind, type, key, , count] = Array.isArray(id) ? (id as unknown[]) : [];
    if (kind !== 'storage' || !(type instanceof TorchType)) throw damaged('its pickle refers to an unknown object');
    const entry = entries.get(`${folder}data/${String(key)}`);
    const bytes = Number(count) * type.bytes;
    if (!entry || entry.size < bytes) throw damaged(`the elements ${folder}data/${String(key)} are missing or cut`);
    return new TorchStorage(type, bytes, (offset, length) => entry.read(offset, length));
  };
  const root = readPickle(new PickleBytes(bufferSource(entries.get(pickleName)!.read())), storage);
  return { format: 'torch', ...findStateDict(root), close: () => source.close() };
}
