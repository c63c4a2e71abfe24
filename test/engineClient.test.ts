import { CancellationTokenSource } from 'vscode-jsonrpc/node';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EngineClient, type EngineState } from '../src/extension/engineClient';
import { describeFailure, EngineStoppedError, failureOf, isCancellation } from '../src/extension/failure';
import { buildProgram } from './support/buildProgram';

let entry: string;
let client: EngineClient;
const states: EngineState[] = [];

beforeAll(() => {
  entry = buildProgram('test/support/fakeEngine.ts');
});
afterEach(async () => {
  await client.dispose();
  states.length = 0;
});

function start(pausesMs: readonly number[] = [1, 1, 1], nodePath?: string): EngineClient {
  client = new EngineClient(entry, { pausesMs, nodePath: () => nodePath });
  client.onStateChanged(({ state }) => states.push(state));
  return client;
}

/** The process that answers. */
async function pid(): Promise<number> {
  return (await client.request('inspect', { path: 'pid' })).fileBytes;
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the engine as the editor has it', () => {
  it('starts on the first request and stays', async () => {
    start();
    expect(client.pid).toBeUndefined();
    expect(await pid()).toBe(await pid());
    expect(states).toEqual(['running']);
  });

  it('reports progress', async () => {
    const seen: number[] = [];
    const params = { path: 'm', device: { provider: 'cpu', threads: 1 } } as const;
    await start().request('measure', params, { onProgress: ({ fraction }) => seen.push(fraction) });
    expect(seen).toEqual([0.5, 1]);
  });

  it('hands errors on whole', async () => {
    const error = await failure(start().request('inspect', { path: 'fail' }));
    expect(failureOf(error)).toEqual({ message: 'No such model.', hint: 'Choose another.', detail: 'deep inside' });
    expect(describeFailure(error)).toBe('No such model. Choose another.');
  });

  it('lets go of a cancelled request although the engine does not answer', async () => {
    const source = new CancellationTokenSource();
    const waiting = failure(start().request('inspect', { path: 'wait' }, { token: source.token }));
    await pid();
    source.cancel();
    expect(isCancellation(await waiting)).toBe(true);
  });

  it('is started again after a crash, which only fails what was asked for then', async () => {
    start();
    const before = await pid();
    const waiting = failure(client.request('inspect', { path: 'wait' }));
    expect(EngineStoppedError.is(await failure(client.request('inspect', { path: 'crash' })))).toBe(true);
    expect(EngineStoppedError.is(await waiting)).toBe(true);
    await until(() => client.state !== 'running');
    expect(await pid()).not.toBe(before);
    expect(states).toEqual(['running', 'restarting', 'running']);
  });

  it('stays stopped when it crashes again and again, until the user starts it', async () => {
    start([1]);
    for (let i = 0; i < 2; i++) {
      await failure(client.request('inspect', { path: 'crash' }));
      await until(() => states.filter((state) => state !== 'running').length > i);
    }
    expect(client.state).toBe('stopped');
    expect(describeFailure(await failure(pid()))).toContain('Restart Engine');
    await client.restartNow();
    expect(await pid()).toBeGreaterThan(0);
  });

  it('is another process after a restart, and requests wait for it', async () => {
    start();
    const before = await pid();
    const restarted = client.restartNow();
    const after = await pid();
    await restarted;
    expect(after).not.toBe(before);
    expect(() => process.kill(before, 0)).toThrow();
  });

  it('says so when the program that is set to run it is none', async () => {
    start([], '/no/such/node');
    expect(EngineStoppedError.is(await failure(pid()))).toBe(true);
    await until(() => client.state === 'stopped');
  });

  it('ends with the editor', async () => {
    start();
    const running = await pid();
    await client.dispose();
    expect(() => process.kill(running, 0)).toThrow();
  });
});
