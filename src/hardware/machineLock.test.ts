import { fork, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildProgram } from '../../test/support/buildProgram';
import { acquireMachineLock } from './machineLock';

let program: string;
let folder: string;
let path: string;
const children: ChildProcess[] = [];

async function holder(): Promise<ChildProcess> {
  const child = fork(program, [path], { execArgv: [] });
  children.push(child);
  await new Promise((resolve) => child.once('message', resolve));
  return child;
}

beforeAll(() => {
  program = buildProgram('test/support/lockHolder.ts');
});
afterAll(() => fs.rmSync(program, { force: true }));
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'layerwise-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  fs.rmSync(folder, { recursive: true, force: true });
});

describe('acquireMachineLock', () => {
  it('waits for the process that holds the lock, and says which', async () => {
    const child = await holder();
    const waited: number[] = [];
    let held = false;
    const lock = acquireMachineLock({ path, onWait: (pid) => waited.push(pid) }).then((got) => {
      held = true;
      return got;
    });
    await expect.poll(() => waited).toEqual([child.pid]);
    expect(held).toBe(false);
    child.send('release');
    (await lock).release();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('takes over from a process that was killed', async () => {
    const child = await holder();
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(fs.existsSync(path)).toBe(true);
    (await acquireMachineLock({ path })).release();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('takes over from a process id that has not renewed the lock for long', async () => {
    fs.writeFileSync(path, JSON.stringify({ pid: process.pid }));
    fs.utimesSync(path, new Date(0), new Date(0));
    (await acquireMachineLock({ path })).release();
  });

  it('takes over from a damaged file', async () => {
    fs.writeFileSync(path, 'not json');
    (await acquireMachineLock({ path })).release();
  });

  it('lets one in at a time, of many in one process', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      const lock = await acquireMachineLock({ path });
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside--;
      lock.release();
      lock.release();
    };
    await Promise.all([work(), work(), work(), work()]);
    expect(most).toBe(1);
  });

  it('stops waiting when cancelled and leaves the lock to its holder', async () => {
    await holder();
    const controller = new AbortController();
    const waiting = acquireMachineLock({ path, signal: controller.signal, onWait: () => controller.abort() });
    await expect(waiting).rejects.toBe(controller.signal.reason);
    expect(fs.existsSync(path)).toBe(true);
  });
});
