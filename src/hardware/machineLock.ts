import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { HardwareError } from './errors';

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called once when another process holds the lock, with its process id. */
  readonly onWait?: (holder: number) => void;
  /** The lock file; there is one for the machine. */
  readonly path?: string;
}

export interface MachineLock {
  release(): void;
}

const lockPath = join(tmpdir(), 'layerwise-measuring.lock');

/** How often a waiting process looks. */
const pollMs = 100;

/** The holder renews the file's time this often ... */
const renewMs = 5_000;

/** ... and when it has not done so for this long, its process id belongs to somebody else by now. */
const staleMs = 120_000;

const lockContents = z.object({ pid: z.number().int().positive() });

/**
 * Takes the machine-wide lock under which times are measured, so that no measurement disturbs another; waits for it as
 * long as another live process holds it. Rejects with the signal's reason when cancelled.
 */
export async function acquireMachineLock(options: LockOptions = {}): Promise<MachineLock> {
  const { signal, onWait, path = lockPath } = options;
  for (let waited = false; ;) {
    signal?.throwIfAborted();
    if (create(path)) return held(path);
    const holder = lockHolder(path);
    if (holder === undefined && removeStale(path)) continue;
    if (holder !== undefined && !waited) {
      onWait?.(holder);
      waited = true;
    }
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

function held(path: string): MachineLock {
  const renewal = setInterval(() => {
    const now = new Date();
    fs.utimes(path, now, now, () => undefined);
  }, renewMs);
  renewal.unref();
  let released = false;
  const release = (): void => {
    if (released) return;
    released = true;
    clearInterval(renewal);
    process.off('exit', release);
    fs.rmSync(path, { force: true });
  };
  process.on('exit', release);
  return { release };
}

/** Whether the file could be made, which only one process can. It appears with its contents: linked, not written. */
function create(path: string): boolean {
  const own = `${path}.${process.pid}.${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
  try {
    fs.writeFileSync(own, JSON.stringify({ pid: process.pid }), { mode: 0o644 });
    fs.linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new HardwareError(`The lock file ${path} can't be made.`, 'Make the folder for temporary files writable.', {
      cause: error,
    });
  } finally {
    fs.rmSync(own, { force: true });
  }
}

/** The live process that holds a lock, or `undefined` when none does. */
export function lockHolder(path: string): number | undefined {
  try {
    const { pid } = lockContents.parse(JSON.parse(fs.readFileSync(path, 'utf8')));
    if (Date.now() - fs.statSync(path).mtimeMs > staleMs) return undefined;
    return isAlive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Removes the lock of a process that is gone; tells whether it did. Two that do so at once could remove each other's new
 * lock: a folder, which only one can make, guards the removal.
 */
function removeStale(path: string): boolean {
  const guard = `${path}.stale`;
  try {
    fs.mkdirSync(guard);
  } catch {
    // Another process is at it, or died there.
    const madeMs = fs.statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - madeMs > staleMs) fs.rmSync(guard, { force: true, recursive: true });
    return false;
  }
  try {
    if (lockHolder(path) === undefined) fs.rmSync(path, { force: true });
    return true;
  } catch (error) {
    throw new HardwareError(
      `The lock file ${path} was left by another user's process and can't be removed.`,
      'Remove it by hand.',
      { cause: error },
    );
  } finally {
    fs.rmSync(guard, { force: true, recursive: true });
  }
}
