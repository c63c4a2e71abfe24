import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../test/support/buildProgram';
import type { FixtureApi } from '../../test/support/fixtureChild';
import { RuntimeError } from './errors';
import { ChildError, SupervisedChild } from './supervisedChild';

let entry: string;
let child: SupervisedChild<FixtureApi>;
const start = (recycleAfter?: number): SupervisedChild<FixtureApi> =>
  (child = new SupervisedChild<FixtureApi>({ entry, recycleAfter }));
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

beforeAll(() => {
  entry = buildProgram('test/support/fixtureChild.ts');
});
afterEach(() => child?.dispose());
afterAll(() => rmSync(entry, { force: true }));

describe('SupervisedChild', () => {
  it('answers requests in order and reports progress', async () => {
    start();
    const seen: number[] = [];
    const answers = await Promise.all(
      [1, 2, 3].map((value) => child.request('double', value, { onProgress: (progress) => seen.push(progress) })),
    );
    expect(answers).toEqual([2, 4, 6]);
    expect(seen).toEqual([0.5, 0.5, 0.5]);
  });

  it('carries typed arrays', async () => {
    expect(await start().request('bytes', Float32Array.of(1, 2.5))).toEqual(Float32Array.of(2, 3.5));
  });

  it('passes typed errors of the handler whole and stays usable', async () => {
    const error = await failure(start().request('refuse', 'No.'));
    expect(RuntimeError.is(error, 'badInput')).toBe(true);
    expect(error).toMatchObject({ message: 'No.', hint: 'Do otherwise.' });
    expect(await child.request('double', 4)).toBe(8);
  });

  it('lets a cancelled request end by itself when it is given time', async () => {
    const controller = new AbortController();
    const waiting = start().request('wait', null, {
      signal: controller.signal,
      graceMs: 20_000,
      onProgress: () => controller.abort(new Error('cancelled')),
    });
    expect(await failure(waiting)).toMatchObject({ name: 'RuntimeError', message: 'Stopped in order.' });
    expect(await child.request('double', 4)).toBe(8);
  });

  it('ends a request that does not end by itself in the time it is given', async () => {
    const controller = new AbortController();
    const pid = await start().request('pid', null);
    const hanging = child.request('hang', null, { signal: controller.signal, graceMs: 50 });
    controller.abort(new Error('cancelled'));
    expect(await failure(hanging)).toMatchObject({ message: 'cancelled' });
    expect(isGone(pid)).toBe(true);
  });

  it('tells the request under way something', async () => {
    const waiting = start().request('wait', null, { onProgress: () => child.tell({ be: 'done' }) });
    expect(await waiting).toEqual({ be: 'done' });
  });

  it('turns a native abort into a ChildError with the last output, and goes on with a fresh child', async () => {
    start();
    const before = await child.request('pid', null);
    const error = await failure(child.request('abort', null));
    expect(ChildError.is(error, 'crashed')).toBe(true);
    expect((error as ChildError).output).toContain('native code gave up');
    const after = await child.request('pid', null);
    expect(after).not.toBe(before);
  });

  it('turns an exit into a ChildError that does not touch the requests that wait', async () => {
    start();
    const [first, second] = await Promise.all([failure(child.request('exit', 3)), child.request('double', 5)]);
    expect(ChildError.is(first, 'crashed')).toBe(true);
    expect((first as Error).message).toContain('exit code 3');
    expect(second).toBe(10);
  });

  it('kills a blocked child when the request is cancelled', async () => {
    start();
    const pid = await child.request('pid', null);
    const controller = new AbortController();
    const hanging = failure(child.request('hang', null, { signal: controller.signal }));
    const reason = new Error('the user changed their mind');
    setImmediate(() => controller.abort(reason));
    expect(await hanging).toBe(reason);
    await expect.poll(() => isGone(pid)).toBe(true);
    expect(await child.request('double', 6)).toBe(12);
  });

  it('cancels a request that waits without touching the one that runs', async () => {
    start();
    const controller = new AbortController();
    const running = child.request('double', 7);
    const waiting = failure(child.request('double', 8, { signal: controller.signal }));
    controller.abort();
    expect(await waiting).toBe(controller.signal.reason);
    expect(await running).toBe(14);
    expect(await failure(child.request('double', 9, { signal: controller.signal }))).toBe(controller.signal.reason);
  });

  it('kills a child that does not answer in time', async () => {
    const error = await failure(start().request('hang', null, { timeoutMs: 50 }));
    expect(ChildError.is(error, 'timedOut')).toBe(true);
  });

  it('takes a fresh process after the given number of requests', async () => {
    start(2);
    const pids: number[] = [];
    for (let i = 0; i < 5; i++) pids.push(await child.request('pid', null));
    expect(pids[0]).toBe(pids[1]);
    expect(pids[2]).toBe(pids[3]);
    expect(new Set(pids).size).toBe(3);
    await expect.poll(() => isGone(pids[0])).toBe(true);
  });

  it('rejects what is open when it is disposed', async () => {
    start();
    const open = [failure(child.request('hang', null)), failure(child.request('double', 1))];
    child.dispose();
    for (const error of await Promise.all(open)) expect(ChildError.is(error, 'disposed')).toBe(true);
    expect(ChildError.is(await failure(child.request('double', 1)), 'disposed')).toBe(true);
  });

  it('says how to get the program when its file is missing', async () => {
    child = new SupervisedChild<FixtureApi>({ entry: '/nowhere/child.js' });
    const error = await failure(child.request('double', 1));
    expect(ChildError.is(error, 'notStarted')).toBe(true);
    expect((error as ChildError).hint).toContain('npm run build');
  });
});
