import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where latency tables are kept between runs: LAYERWISE_CACHE, or the cache folder of the user's system. */
export function latencyTablesFolder(): string {
  const { LAYERWISE_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (LAYERWISE_CACHE) return join(LAYERWISE_CACHE, 'latency');
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'layerwise', 'latency');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'layerwise', 'latency');
  return join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'layerwise', 'latency');
}
