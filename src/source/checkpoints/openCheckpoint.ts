import { fileSource, type ByteSource } from '../../onnx/byteSource';
import { ModelFileError } from '../../onnx/errors';
import type { Checkpoint } from './checkpoint';
import { CheckpointFileError } from './errors';
import { kerasArchiveEntry, looksLikeHdf5, readKerasArchive, readKerasFile } from './kerasFile';
import { looksLikeSafetensors, readSafetensors } from './safetensors';
import { looksLikeTorchLegacy, readTorchLegacy } from './torchLegacy';
import { readTorchZip } from './torchZip';
import { looksLikeZip, zipEntries } from './zipArchive';

/**
 * Opens a file of weights: `.safetensors`, PyTorch's `.pt`/`.pth` (nothing in it is executed), Keras's `.h5` or `.keras`. The
 * kind is told from the bytes, not from the name. Throws a CheckpointFileError.
 */
export function openCheckpoint(path: string): Checkpoint {
  const source = opened(path);
  try {
    return readCheckpoint(source);
  } catch (error) {
    source.close();
    if (!CheckpointFileError.is(error)) throw error;
    throw new CheckpointFileError(`${path}: ${error.message}`, error.hint);
  }
}

/** As `openCheckpoint`, for bytes from anywhere. */
export function readCheckpoint(source: ByteSource): Checkpoint {
  if (looksLikeZip(source))
    return zipEntries(source).has(kerasArchiveEntry) ? readKerasArchive(source) : readTorchZip(source);
  if (looksLikeTorchLegacy(source)) return readTorchLegacy(source);
  if (looksLikeHdf5(source)) return readKerasFile(source);
  if (looksLikeSafetensors(source)) return readSafetensors(source);
  throw new CheckpointFileError(
    'The file is no checkpoint that is known here, or its beginning is damaged.',
    'Give a file written by torch.save, .safetensors, or Keras .h5.',
  );
}

function opened(path: string): ByteSource {
  try {
    return fileSource(path);
  } catch (error) {
    if (!ModelFileError.is(error)) throw error;
    throw new CheckpointFileError(error.message, 'Give the path of a .safetensors, .pt, .pth, .h5 or .keras file.');
  }
}
