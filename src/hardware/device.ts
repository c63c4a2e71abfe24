import { createHash } from 'node:crypto';
import type { Device } from '../protocol/device';
import { describeEnvironment } from './environment';
import type { Environment } from '../protocol/environment';

/** One thread of this CPU: what the budget of a model at batch 1 is meant for, and the quietest to measure. */
export const defaultDevice: Device = { provider: 'cpu', threads: 1 };

/**
 * A name for what times depend on, fit for a file name: two machines that share it have the same processor, runtime and
 * number of threads, so that times measured on one hold on the other.
 */
export function deviceKey(device: Device, environment: Environment = describeEnvironment(device)): string {
  const { provider, threads } = device;
  const { cpu, flags, runtime, platform } = environment;
  const hash = createHash('sha256')
    .update(JSON.stringify([cpu, flags, platform]))
    .digest('hex')
    .slice(0, 8);
  const words = cpu.toLowerCase().replace(/\(r\)|\(tm\)|@.*|\b(processor|cpu)\b/g, ' ');
  const slug = words
    .trim()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
  return [provider, `${threads}t`, slug || 'unknown', hash, `ort${runtime}`].join('-');
}
