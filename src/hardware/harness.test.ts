import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../test/support/buildProgram';
import { GraphBuilder } from '../onnx/graphBuilder';
import { writeModel } from '../onnx/write';
import { RuntimeError } from '../runtime/errors';
import { ChildError } from '../runtime/supervisedChild';
import { float32 } from '../tensor/tensor';
import { availableDevices } from './availableDevices';
import { compareModels } from './compareModels';
import { measure } from './harness';

let folder: string;
let childPath: string;
let small: string;
let large: string;
let open: string;

/** So many products of a row with a square matrix, one after the other. */
function chain(name: string, products: number, dims: readonly (number | string)[] = ['N', 64]): string {
  const builder = new GraphBuilder();
  const w = builder.constant(float32([64, 64], new Float32Array(64 * 64).fill(1 / 64)));
  let value = builder.input('x', 'float32', dims);
  for (let i = 0; i < products; i++) value = builder.op('MatMul', [value, w]);
  builder.output('y', 'float32', undefined, value);
  const path = join(folder, `${name}.onnx`);
  writeModel(builder.model, path);
  return path;
}

beforeAll(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'layerwise-harness-'));
  childPath = buildProgram('src/hardware/benchChild.ts');
  small = chain('small', 1);
  large = chain('large', 300);
  open = chain('open', 1, ['N', 'rows', 64]);
});
afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.rmSync(childPath, { force: true });
});

describe('measure', () => {
  it('measures models side by side and tells how', async () => {
    const seen: string[] = [];
    const [a, b] = await measure(
      [
        { id: 'small', modelPath: small },
        { id: 'large', modelPath: large },
      ],
      { childPath, quietMs: 0, maxMs: 300, onProgress: ({ phase }) => seen.push(phase) },
    );
    expect([a.id, b.id]).toEqual(['small', 'large']);
    for (const { medianMs, lowMs, highMs, samples, environment } of [a, b]) {
      expect(lowMs).toBeGreaterThan(0);
      expect(lowMs).toBeLessThanOrEqual(medianMs);
      expect(highMs).toBeGreaterThanOrEqual(medianMs);
      expect(samples.length).toBeGreaterThanOrEqual(3);
      expect(environment).toMatchObject({ provider: 'cpu', threads: 1 });
      expect(environment.otherLoad).toBeGreaterThanOrEqual(0);
    }
    // 300 times the work: no load of the machine turns that round.
    expect(b.medianMs).toBeGreaterThan(2 * a.medianMs);
    expect(seen).toContain('measuring');
  });

  it('says which flag to give when sizes are open, and takes them', async () => {
    const failed = measure([{ id: 'm', modelPath: open }], { childPath, quietMs: 0 });
    await expect(failed).rejects.toSatisfy(RuntimeError.is);
    await expect(failed).rejects.toMatchObject({ hint: expect.stringContaining('--shape x=1x64x64') as string });
    const inputDims = { x: [1, 5, 64] };
    const [measured] = await measure([{ id: 'm', modelPath: open, inputDims }], { childPath, quietMs: 0, maxMs: 50 });
    expect(measured.medianMs).toBeGreaterThan(0);
  });

  it('stops when cancelled', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const onProgress = (): void => controller.abort(reason);
    const options = { childPath, quietMs: 0, targetInterval: 0, signal: controller.signal, onProgress };
    await expect(measure([{ id: 'm', modelPath: large }], options)).rejects.toBe(reason);
  });

  it('frees the lock after a failure', async () => {
    const missing = measure([{ id: 'm', modelPath: small }], { childPath: join(folder, 'none.js') });
    await expect(missing).rejects.toSatisfy((error) => ChildError.is(error, 'notStarted'));
    const [measured] = await measure([{ id: 'm', modelPath: small }], { childPath, quietMs: 0, maxMs: 20 });
    expect(measured.id).toBe('m');
  });
});

describe('compareModels', () => {
  it('tells how many times faster the second is, in every session', async () => {
    const comparison = await compareModels(
      { modelPath: large },
      { modelPath: small },
      { childPath, quietMs: 0, maxMs: 300 },
    );
    const { speedup, sessions, a, b } = comparison;
    expect(sessions).toHaveLength(3);
    expect(speedup.median).toBeGreaterThan(2);
    for (const { low, high } of sessions) {
      expect(speedup.low).toBeLessThanOrEqual(low);
      expect(speedup.high).toBeGreaterThanOrEqual(high);
    }
    expect(a.medianMs).toBeGreaterThan(b.medianMs);
  });
});

describe('availableDevices', () => {
  it('finds the CPU, and gives a reason for everything that is not there', async () => {
    const devices = await availableDevices(childPath);
    expect(devices.find(({ provider }) => provider === 'cpu')?.available).toBe(true);
    for (const { reason } of devices) expect(reason).not.toBe('');
  });
});
