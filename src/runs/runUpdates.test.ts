import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunFolder } from './runFolder';
import { runHolder, lockRun } from './runLock';
import { updatesOf } from './runUpdates';

let folder: string;
let run: RunFolder;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'layerwise-updates-'));
  run = RunFolder.create(join(folder, 'run'), { version: 1 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const search = (step: number, loss: number): void =>
  run.event('search', {
    state: { epoch: 0, epochs: 1, step, steps: 100, temperature: 1, loss, expected: 1, multiplier: 0 },
  });
const epoch = (stage: string, number: number, loss: number): void =>
  run.event('epoch', { stage, epoch: number, loss, evaluation: { metric: 'accuracy', value: 90, samples: 10 } });

describe('the updates of a run', () => {
  it('are rebuilt from its folder, without what is of no interest', () => {
    run.event('stage', { name: 'search' });
    run.event('note', { sentence: 'Waiting.' });
    search(20, 0.5);
    run.event('probabilities', {
      probabilities: { epoch: 0, step: 20, sites: [{ site: 'a', choices: [4, 'keep'], probabilities: [0.25, 0.75] }] },
    });
    epoch('fine-tuning', 0, 0.25);
    run.event('cancelled');
    // As earlier versions wrote it.
    run.event('probabilities', { epoch: 0, step: 40, sites: [] });
    expect(updatesOf(run)).toEqual([
      { kind: 'stage', name: 'search' },
      { kind: 'note', sentence: 'Waiting.' },
      expect.objectContaining({ kind: 'search' }),
      expect.objectContaining({ kind: 'probabilities' }),
      { kind: 'epoch', state: { stage: 'fine-tuning', epoch: 0, loss: 0.25, metric: 90 } },
    ]);
  });

  it('tell what was done again after a kill as it was done last', () => {
    search(20, 3);
    search(40, 2);
    run.event('stage', { name: 'search' });
    search(40, 1);
    epoch('fine-tuning', 0, 7);
    epoch('training', 0, 6);
    epoch('fine-tuning', 0, 5);
    const told = updatesOf(run).map((update) =>
      update.kind === 'search' || update.kind === 'epoch' ? update.state.loss : update.kind,
    );
    expect(told).toEqual([3, 'stage', 1, 6, 5]);
  });
});

describe('the lock of a run', () => {
  it('names the process that works on it, and keeps others off', async () => {
    expect(runHolder(run)).toBeUndefined();
    const lock = await lockRun(run);
    expect(runHolder(run)).toBe(process.pid);
    await expect(lockRun(run)).rejects.toThrow(`Process ${process.pid} works on the run`);
    lock.release();
    expect(runHolder(run)).toBeUndefined();
  });
});
