import { acquireMachineLock } from '../../src/hardware/machineLock';

/** Takes the lock named on the command line, says so, and holds it until it is told to release it or is killed. */
async function main(): Promise<void> {
  const lock = await acquireMachineLock({ path: process.argv[2] });
  process.send?.('held');
  process.on('message', () => {
    lock.release();
    process.disconnect();
  });
}

void main();
