import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePlan } from '../src/search/plan';
import { Random } from '../src/tensor/random';
import { makeSmallTask, type SmallTask } from './support/smallTask';

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js');
const folder = mkdtempSync(join(tmpdir(), 'layerwise-resume-'));
const kills = 10;

/** Between looks for a file that a run leaves. */
const pollMs = 20;

let task: SmallTask;
const running = new Set<ChildProcess>();

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, LAYERWISE_CACHE: join(folder, 'cache') },
    stdio: 'ignore',
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

function compress(run: string): ChildProcess {
  const { model, data } = task;
  const budget = ['--macs', '0.5x', '--batch', '64', '--search-epochs', '2', '--epochs', '1', '--train-threads', '2'];
  return start(['compress', model, '--data', data, ...budget, '--run', run]);
}

/** Waits until the run has left its compressed model (what follows is measuring only), then kills it. */
async function untilCompressed(child: ChildProcess, run: string): Promise<void> {
  while (!existsSync(join(run, 'candidate.onnx'))) {
    if (child.exitCode !== null)
      throw new Error(`The run ended with code ${child.exitCode} before its model was there.`);
    await sleep(pollMs);
  }
  await kill(child);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function outcome(run: string): { sites: unknown; model: string } {
  const model = readFileSync(join(run, 'candidate.onnx'));
  return {
    sites: parsePlan(readFileSync(join(run, 'plan.json'), 'utf8')).sites,
    model: createHash('sha256').update(model).digest('hex'),
  };
}

describe('a run that is killed', () => {
  let undisturbed: ReturnType<typeof outcome>;
  let durationMs = 0;

  beforeAll(async () => {
    task = makeSmallTask(folder);
    const run = join(folder, 'undisturbed');
    const child = compress(run);
    // The clock starts when the run's folder is there: kills before that leave nothing to resume.
    while (!existsSync(join(run, 'settings.json'))) await sleep(pollMs);
    const started = performance.now();
    await untilCompressed(child, run);
    durationMs = performance.now() - started;
    undisturbed = outcome(run);
  }, 300_000);

  afterAll(async () => {
    for (const child of running) await kill(child);
    rmSync(folder, { recursive: true, force: true });
  });

  const random = Random.of('kill moments');
  it.each(Array.from({ length: kills }, (_, i) => ({ i, moment: random.uniform() })))(
    'at $moment of its length ends in the same plan and the same model',
    async ({ i, moment }) => {
      const run = join(folder, `killed-${i}`);
      const child = compress(run);
      while (!existsSync(join(run, 'settings.json'))) await sleep(pollMs);
      await sleep(moment * durationMs);
      await kill(child);
      await untilCompressed(start(['runs', 'resume', run]), run);
      expect(outcome(run)).toEqual(undisturbed);
    },
    300_000,
  );

  it('chose something', () => {
    const choices = Object.values(undisturbed.sites as Record<string, { choice: unknown }>).map(({ choice }) => choice);
    expect(choices.some((choice) => choice !== 'keep')).toBe(true);
  });
});
