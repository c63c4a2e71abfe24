import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildProgram } from '../../test/support/buildProgram';
import { GraphBuilder } from '../onnx/graphBuilder';
import type { Model } from '../onnx/model';
import { float32 } from '../tensor/tensor';
import { defaultDevice } from './device';
import { HardwareError } from './errors';
import { LatencyTable, summarise, type LatencyEntry } from './latencyTable';

let folder: string;
let childPath: string;
beforeAll(() => {
  childPath = buildProgram('src/hardware/benchChild.ts');
});
afterAll(() => fs.rmSync(childPath, { force: true }));
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'layerwise-table-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const open = (): LatencyTable => LatencyTable.open(folder, defaultDevice);
const entry = (ms: number): LatencyEntry => summarise('some block', [[ms, ms, ms]], [0.1], 0.03);

function tinyModel(width: number): Model {
  const builder = new GraphBuilder();
  const x = builder.input('x', 'float32', [1, width]);
  const w = builder.constant(float32([width, width], new Float32Array(width * width).fill(0.1)));
  builder.output('y', 'float32', undefined, builder.op('MatMul', [x, w]));
  return builder.model;
}

describe('LatencyTable', () => {
  it('keeps entries and their raw samples', () => {
    open().add('a', entry(0.5));
    const again = open();
    expect(again.size).toBe(1);
    expect(again.entry('a')).toEqual({ ...entry(0.5), measuredAt: again.entry('a')?.measuredAt });
    expect(again.entry('b')).toBeUndefined();
    expect(again.ageMs('a', Date.parse(again.entry('a')?.measuredAt ?? '') + 1000)).toBe(1000);
  });

  it('merges what two processes add', () => {
    const [first, second] = [open(), open()];
    first.add('a', entry(1));
    second.add('b', entry(2));
    expect(open().size).toBe(2);
    expect(second.entry('a')?.medianMs).toBeCloseTo(0.9, 9);
  });

  it('keeps a file per device', () => {
    open().add('a', entry(1));
    const other = LatencyTable.open(folder, { ...defaultDevice, threads: 7 });
    expect(other.size).toBe(0);
    expect(other.path).not.toBe(open().path);
  });

  it.each(['', 'not json', '{"version":1}', '{"version":99,"entries":{}}'])(
    'starts afresh where the file holds %j',
    (contents) => {
      fs.writeFileSync(open().path, contents);
      const table = open();
      expect(table.size).toBe(0);
      table.add('a', entry(1));
      expect(open().size).toBe(1);
    },
  );

  it('leaves nothing but the table behind, and says when it can not be written', () => {
    const table = open();
    table.add('a', entry(1));
    expect(fs.readdirSync(folder)).toHaveLength(1);
    fs.rmSync(folder, { recursive: true });
    fs.writeFileSync(folder, 'a file in its place');
    expect(() => table.add('b', entry(2))).toThrow(HardwareError);
  });

  it('measures what is missing, once', async () => {
    const table = open();
    let built = 0;
    const wanted = [16, 32].map((width) => ({
      key: `${width}`,
      label: `product of ${width}`,
      build: () => (built++, tinyModel(width)),
    }));
    const options = { childPath, sessions: 2, quietMs: 0 };
    await table.measureMissing(wanted, options);
    expect(built).toBe(2);
    for (const { key, label } of wanted) {
      const found = open().entry(key);
      expect(found).toMatchObject({ label });
      expect(found?.sessions).toHaveLength(2);
      expect(found?.medianMs).toBeGreaterThan(0);
      expect(found?.lowMs).toBeLessThanOrEqual(found?.medianMs ?? 0);
      expect(found?.highMs).toBeGreaterThanOrEqual(found?.medianMs ?? 0);
    }
    await open().measureMissing(wanted, options);
    expect(built).toBe(2);
    await open().measureMissing(wanted.slice(1), { ...options, maxAgeMs: 0 });
    expect(built).toBe(3);
  });

  it('keeps the groups that were measured before a cancellation', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const wanted = Array.from({ length: 40 }, (_, i) => ({ key: `${i}`, build: () => tinyModel(4 + i) }));
    const work = open().measureMissing(wanted, {
      childPath,
      sessions: 1,
      quietMs: 0,
      targetInterval: 10,
      signal: controller.signal,
      onEntries: () => controller.abort(reason),
    });
    await expect(work).rejects.toBe(reason);
    expect(open().size).toBe(32);
  });
});

describe('summarise', () => {
  it('takes the session with the smallest median', () => {
    const { medianMs, lowMs, highMs } = summarise(
      'b',
      [
        [3, 3, 4],
        [2, 1, 2],
        [5, 5, 5],
      ],
      [0, 0, 0],
      0.03,
    );
    expect([medianMs, lowMs, highMs]).toEqual([2, 1, 2]);
  });

  it('takes off what a call took in the same session, and never goes below nothing', () => {
    expect(summarise('b', [[3], [4]], [0.5, 2], 0.03).medianMs).toBe(2);
    expect(summarise('b', [[0.02]], [0.03], 0.03).medianMs).toBeGreaterThan(0);
  });

  it('says that it was noisy when a session or the sessions disagree', () => {
    const quiet = (ms: number): number[] => Array.from({ length: 12 }, (_, i) => ms * (1 + i / 5000));
    expect(summarise('b', [quiet(1), quiet(1.01)], [0, 0], 0.03).noisy).toBe(false);
    expect(summarise('b', [quiet(1), quiet(1.2)], [0, 0], 0.03).noisy).toBe(true);
    expect(summarise('b', [quiet(1).map((ms, i) => ms * (1 + i / 10))], [0], 0.03).noisy).toBe(true);
  });
});
