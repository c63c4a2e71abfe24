import type { ByteSource } from '../../onnx/byteSource';
import type { Checkpoint } from './checkpoint';
import { CheckpointFileError, damaged } from './errors';
import { readPickle } from './pickle';
import { PickleBytes } from './pickleBytes';
import { findStateDict } from './stateDict';
import { TorchStorage, TorchType } from './torchValues';

/** The magic number 0x1950a86a20f9469cfc6c as a pickled integer and the pickle's end. */
const magic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const formatVersion = 1001;
/** A frame's opcode and its length, in newer pickle protocols. */
const frame = 0x95;
const frameBytes = 9;
const countBytes = 8;

/** Where the magic number of an old checkpoint ends; `undefined` when the bytes begin otherwise. */
function magicEnd(source: ByteSource): number | undefined {
  const most = Math.min(source.length, 2 + frameBytes + magic.length);
  const start = Uint8Array.from(source.read(0, most));
  if (start[0] !== 0x80) return undefined;
  const at = start[2] === frame ? 2 + frameBytes : 2;
  return magic.every((byte, i) => start[at + i] === byte) ? at + magic.length : undefined;
}

export function looksLikeTorchLegacy(source: ByteSource): boolean {
  return magicEnd(source) !== undefined;
}

/**
 * A checkpoint as `torch.save` wrote it before PyTorch 1.6: pickles for a magic number, the version, the machine, the objects
 * and the keys of the storages, then each storage behind its number of elements. The elements are not read here. Throws
 * a CheckpointFileError for damaged files and for anything but plain data in it.
 */
export function readTorchLegacy(source: ByteSource): Checkpoint {
  const bytes = new PickleBytes(source, magicEnd(source) ?? 0);
  const version = readPickle(bytes);
  if (version !== formatVersion) throw damaged(`its version is ${String(version)}, not ${formatVersion}`);
  const machine = readPickle(bytes);
  if (machine instanceof Map && machine.get('little_endian') === false)
    throw new CheckpointFileError(
      'The checkpoint was written on a big-endian machine.',
      'Save it again on an ordinary one.',
    );
  const storages = new Map<string, Located>();
  const root = readPickle(bytes, (id) => storageOf(id, source, storages));
  const keys = readPickle(bytes);
  if (!Array.isArray(keys)) throw damaged('the list of its storages is missing');
  let at = bytes.position;
  for (const key of keys as unknown[]) {
    const located = storages.get(String(key));
    if (!located || located.start !== undefined) throw damaged('the list of its storages makes no sense');
    const count = at + countBytes <= source.length ? new PickleBytes(source, at).uint64() : -1;
    at += countBytes;
    if (count !== located.count || at + count * located.type.bytes > source.length)
      throw damaged(`the elements of storage ${String(key)} are missing or cut`);
    located.start = at;
    at += count * located.type.bytes;
  }
  for (const [key, { start }] of storages)
    if (start === undefined) throw damaged(`the elements of storage ${key} are missing`);
  return { format: 'torch', ...findStateDict(root), close: () => source.close() };
}

interface Located {
  readonly type: TorchType;
  readonly count: number;
  /** Known after the pickles have been read. */
  start: number | undefined;
}

function storageOf(id: unknown, source: ByteSource, storages: Map<string, Located>): TorchStorage {
  const [kind, type, key, , count, view] = Array.isArray(id) ? (id as unknown[]) : [];
  if (kind !== 'storage' || !(type instanceof TorchType)) throw damaged('its pickle refers to an unknown object');
  const located = storages.get(String(key)) ?? { type, count: Number(count), start: undefined };
  storages.set(String(key), located);
  const [, first, length] = Array.isArray(view) ? (view as unknown[]) : [undefined, 0, count];
  if (!(Number(first) >= 0 && Number(first) + Number(length) <= located.count))
    throw damaged('a view of a storage reaches beyond it');
  const offset = Number(first) * type.bytes;
  return new TorchStorage(type, Number(length) * type.bytes, (from, size) => {
    const target = new Uint8Array(size);
    source.copy(located.start! + offset + from, target);
    return target;
  });
}
