import { RuntimeError } from '../../src/runtime/errors';
import { serveParent } from '../../src/runtime/childServer';

/** A child that behaves well or badly on request. */
export interface FixtureApi {
  double: { params: number; result: number; progress: number };
  bytes: { params: Float32Array; result: Float32Array };
  refuse: { params: string; result: never };
  abort: { params: null; result: never };
  exit: { params: number; result: never };
  hang: { params: null; result: never };
  pid: { params: null; result: number };
  /** Ends when it is cancelled, or with what it is told. */
  wait: { params: null; result: unknown; progress: 'waiting' };
}

serveParent<FixtureApi>({
  double: (value, { progress }) => {
    progress(0.5);
    return Promise.resolve(2 * value);
  },
  bytes: (values) => Promise.resolve(values.map((value) => value + 1)),
  refuse: (message) => Promise.reject(new RuntimeError('badInput', message, 'Do otherwise.')),
  abort: () => {
    process.stderr.write('native code gave up\n');
    process.abort();
  },
  exit: (code) => process.exit(code),
  // Blocks its thread, as a run of the runtime does.
  hang: () => {
    for (;;);
  },
  pid: () => Promise.resolve(process.pid),
  wait: (_, { signal, onTold, progress }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new RuntimeError('failed', 'Stopped in order.', 'Go on later.')));
      onTold(resolve);
      progress('waiting');
    }),
});
