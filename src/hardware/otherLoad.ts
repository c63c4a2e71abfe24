import * as os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** Watches how many cores other processes use; this process's own work is taken off. */
export class LoadWatch {
  private readonly startedMs = performance.now();
  private readonly busyMs = busyMs();
  private readonly own = process.cpuUsage();

  /** Cores that other processes used since the watch began: 0.5 is half of one. */
  cores(): number {
    const { user, system } = process.cpuUsage(this.own);
    const others = busyMs() - this.busyMs - (user + system) / 1000;
    return Math.max(0, others / (performance.now() - this.startedMs));
  }
}

/** Below this many cores of other work a machine counts as quiet; the kernel's own count is coarse (10 ms). */
const quietCores = 0.25;
const windowMs = 150;

/** Waits until other processes are quiet, but no longer than the given time. */
export async function waitForQuiet(maxMs: number): Promise<void> {
  const started = performance.now();
  while (performance.now() - started < maxMs) {
    const watch = new LoadWatch();
    await sleep(windowMs);
    if (watch.cores() < quietCores) return;
  }
}

function busyMs(): number {
  return os.cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
