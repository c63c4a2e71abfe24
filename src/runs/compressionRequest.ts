import { availableParallelism } from 'node:os';
import { defaultDevice } from '../hardware/device';
import type { CompressionRequest as EditorRequest } from '../protocol/runs';
import type { CompressionRequest } from './newCompression';
import type { CompressSettings } from './settings';

/** What a compression does where nothing is said; the command line has the same. */
export const compressionDefaults = {
  search: 'haloc',
  device: defaultDevice,
  searchEpochs: 3,
  epochs: 10,
  batch: 128,
  seed: 1,
} as const;

/** A request as the editor makes it, with everything left out filled in. */
export function completeRequest(request: EditorRequest): CompressionRequest {
  const { inputDims = {}, exclude = [], pinned = {} } = request;
  return {
    ...compressionDefaults,
    trainThreads: availableParallelism(),
    ...request,
    exclude: [...exclude],
    pinned: { ...pinned },
    inputDims: Object.fromEntries(Object.entries(inputDims).map(([name, dims]) => [name, [...dims]])),
  };
}

/** What a run was asked for. */
export function requestOf(settings: CompressSettings): EditorRequest {
  const { model, data, budget, maxDrop, search, exclude, pinned, device, inputDims } = settings;
  const { searchEpochs, epochs, rate, samples, seed, out } = settings;
  return {
    ...{ model, data, budget, maxDrop, search, exclude, pinned, device, inputDims },
    ...{ searchEpochs, epochs, rate, samples, seed, out },
  };
}
