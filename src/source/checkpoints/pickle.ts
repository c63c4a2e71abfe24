import { Parser } from 'pickleparser';
import { CheckpointFileError, damaged } from './errors';
import { pickleClass } from './pickleClasses';
import type { PickleBytes } from './pickleBytes';

/**
 * Reads one pickle, up to and with its end, without executing anything: names of classes are looked up in a list of
 * harmless ones. Mappings become Maps, lists, tuples and sets arrays.
 * @param persistent what stands for an object that lies outside the pickle
 * Throws a CheckpointFileError that names the class for anything else, and for damaged pickles.
 */
export function readPickle(
  bytes: PickleBytes,
  persistent: (id: unknown) => unknown = () => {
    throw damaged('its pickle refers to a storage where there can be none');
  },
): unknown {
  const parser = new Parser({
    nameResolver: { resolve: (module, name) => pickleClass(module, name) as () => unknown },
    persistentResolver: { resolve: persistent },
    unpicklingTypeOfDictionary: 'Map',
  });
  try {
    return parser.read<unknown>(bytes);
  } catch (error) {
    if (CheckpointFileError.is(error)) throw error;
    throw damaged(`its pickle makes no sense near byte ${bytes.position} (${(error as Error).message})`);
  }
}
