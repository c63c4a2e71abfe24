import { acquireMachineLock, lockHolder, type MachineLock } from '../hardware/machineLock';
import { RunError } from './errors';
import type { RunFolder } from './runFolder';

const lockFile = 'running.lock';

/** Marks a run as worked on by this process. Throws a RunError when another live process works on it. */
export function lockRun(run: RunFolder): Promise<MachineLock> {
  return acquireMachineLock({
    path: run.file(lockFile),
    onWait: (holder) => {
      throw new RunError(`Process ${holder} works on the run ${run.path}.`, 'Wait until it is done, or stop it.');
    },
  });
}

/** The live process that works on a run, if there is one. */
export function runHolder(run: RunFolder): number | undefined {
  return lockHolder(run.file(lockFile));
}
