import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EngineClient } from '../src/extension/engineClient';
import { describeFailure } from '../src/extension/failure';
import { buildProgram } from './support/buildProgram';
import { makeSmallTask } from './support/smallTask';

const folder = mkdtempSync(join(tmpdir(), 'layerwise-engine-'));
const engine = new EngineClient(buildProgram('src/engine/main.ts'));

afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe('the engine process', () => {
  it('tells the layers of a model', async () => {
    const { model } = makeSmallTask(folder);
    const summary = await engine.request('inspect', { path: model });
    expect(summary).toMatchObject({ path: model, totals: { macs: 1_511_552 } });
    expect(summary.layers).toHaveLength(5);
    expect(summary.layers.every(({ reason }) => reason.length > 0)).toBe(true);
  });

  it('says what is wrong and what to do next', async () => {
    const path = join(folder, 'text.onnx');
    writeFileSync(path, 'this is not a model');
    const failure = await engine.request('inspect', { path }).catch((error: unknown) => describeFailure(error));
    expect(failure).toMatch(/text\.onnx is not .* [Ee]xport/s);
  });
});
