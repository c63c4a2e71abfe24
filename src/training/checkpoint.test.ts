import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { float32, int64, type Tensor } from '../tensor/tensor';
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from './checkpoint';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'layerwise-checkpoint-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const checkpoint = (step: number): Checkpoint => ({
  meta: { step, text: 'ä' },
  tensors: new Map<string, Tensor>([
    ['weights', float32([2, 3], [step, -0, 1e-40, NaN, Infinity, 0.1])],
    ['counts', int64([1], [2 ** 53 - 1])],
    ['empty', float32([0])],
    ['scalar', float32([], [step])],
  ]),
});

describe('checkpoints', () => {
  it('come back as they were saved', () => {
    expect(loadCheckpoint(folder)).toBeUndefined();
    saveCheckpoint(folder, checkpoint(1));
    saveCheckpoint(folder, checkpoint(2));
    expect(loadCheckpoint(folder)).toEqual(checkpoint(2));
  });

  it('are passed over when torn anywhere, in favour of the one before', () => {
    saveCheckpoint(folder, checkpoint(1));
    const path = saveCheckpoint(folder, checkpoint(2));
    const whole = fs.readFileSync(path);
    for (let length = 0; length < whole.length; length += 7) {
      fs.writeFileSync(path, whole.subarray(0, length));
      expect(loadCheckpoint(folder)).toEqual(checkpoint(1));
    }
  });

  it('are passed over when any byte is wrong', () => {
    saveCheckpoint(folder, checkpoint(1));
    const path = saveCheckpoint(folder, checkpoint(2));
    const whole = fs.readFileSync(path);
    for (let at = 0; at < whole.length; at += 5) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= 0x10;
      fs.writeFileSync(path, damaged);
      expect(loadCheckpoint(folder)).toEqual(checkpoint(1));
    }
  });

  it('say so when none is whole', () => {
    fs.writeFileSync(saveCheckpoint(folder, checkpoint(1)), 'torn');
    expect(() => loadCheckpoint(folder)).toThrow(/All checkpoints/);
  });

  it('leave no more than two files, and none of a writer that was killed', () => {
    fs.writeFileSync(join(folder, '.checkpoint-00000001.bin.0123456789ab.tmp'), 'half');
    for (let step = 0; step < 5; step++) saveCheckpoint(folder, checkpoint(step));
    expect(fs.readdirSync(folder)).toHaveLength(2);
    expect(loadCheckpoint(folder)).toEqual(checkpoint(4));
  });
});
