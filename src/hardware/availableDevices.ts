import { providers, type ProviderStatus } from '../runtime/providers';
import { ChildError } from '../runtime/supervisedChild';
import { withBenchChild } from './benchProcess';

/** A driver that hangs must not hang us. */
const probeTimeoutMs = 20_000;

/**
 * What can be measured on here, and for the rest why not. Every provider is tried in a process of its own: a driver that
 * crashes makes its device unavailable and nothing else.
 */
export async function availableDevices(childPath?: string, signal?: AbortSignal): Promise<ProviderStatus[]> {
  const statuses: ProviderStatus[] = [];
  for (const provider of providers) {
    try {
      statuses.push(
        await withBenchChild(childPath, (child) =>
          child.request('probe', provider, { timeoutMs: probeTimeoutMs, signal }),
        ),
      );
    } catch (error) {
      if (!ChildError.is(error) || error.code === 'notStarted') throw error;
      statuses.push({ provider, available: false, reason: `Trying ${provider} failed: ${error.message}` });
    }
  }
  return statuses;
}
