import * as fs from 'node:fs';
import { dirname, resolve } from 'node:path';
import { availableDevices } from '../hardware/availableDevices';
import { defaultDevice } from '../hardware/device';
import { describeEnvironment } from '../hardware/environment';
import { listTables } from '../hardware/latencyTable';
import type { Provider } from '../protocol/device';
import type { DeviceSummary } from '../protocol/times';
import { latencyTablesFolder } from './cacheFolder';
import { RunError } from './errors';

/** What providers other than the CPU run on. */
const hardware: Readonly<Record<Exclude<Provider, 'cpu'>, string>> = {
  cuda: 'NVIDIA graphics processor (CUDA)',
  dml: 'graphics processor (DirectML)',
  coreml: 'Apple processor (Core ML)',
  webgpu: 'graphics processor (WebGPU)',
};

/** Every provider of this machine, those that can be used first, with the latency tables measured with it. */
export async function deviceSummaries(signal?: AbortSignal): Promise<DeviceSummary[]> {
  const { cpu, flags } = describeEnvironment(defaultDevice);
  const tables = listTables(latencyTablesFolder());
  const statuses = await availableDevices(undefined, signal);
  return statuses
    .map(({ provider, available, reason }) => ({
      provider,
      available,
      reason,
      description: provider === 'cpu' ? [cpu, ...flags].join(', ') : hardware[provider],
      tables: tables.filter(({ device }) => device.provider === provider),
    }))
    .sort((a, b) => Number(b.available) - Number(a.available));
}

/** Deletes a latency table, so that it is measured anew. Throws a RunError for a file that is none. */
export function forgetTable(path: string): void {
  const table = resolve(path);
  if (dirname(table) !== resolve(latencyTablesFolder()) || !table.endsWith('.json')) {
    throw new RunError(`${path} is not a latency table of this machine.`, 'The Devices view lists the tables.');
  }
  fs.rmSync(table, { force: true });
}
