import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ResponseError } from 'vscode-jsonrpc/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../src/protocol/device';
import {
  applyRequest,
  compareRequest,
  detailsRequest,
  detailType,
  devicesRequest,
  forgetTableRequest,
  graphRequest,
  inspectRequest,
  knownStaircasesRequest,
  knownTimesRequest,
  measureRequest,
  progressType,
  staircaseRequest,
  type FailureData,
} from '../src/protocol/messages';
import type { LayerDetail } from '../src/protocol/model';
import type { Progress } from '../src/protocol/runs';
import { cancelledAfter, startEngine, type EngineProcess } from './support/engineProcess';
import { makeSmallTask } from './support/smallTask';

const folder = mkdtempSync(join(tmpdir(), 'layerwise-engine-'));
const device: Device = { provider: 'cpu', threads: 1 };
let engine: EngineProcess;
let path: string;

beforeAll(() => {
  engine = startEngine(folder);
  path = makeSmallTask(folder).model;
});
afterAll(async () => {
  await engine.end();
  rmSync(folder, { recursive: true, force: true });
});

async function failure(work: Promise<unknown>): Promise<ResponseError<FailureData>> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ResponseError) return error as ResponseError<FailureData>;
    throw error;
  }
  throw new Error('It did not fail.');
}

describe('the engine process', () => {
  it('says that it is ready', async () => {
    expect(await engine.ready).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('tells the layers of a model', async () => {
    const summary = await engine.connection.sendRequest(inspectRequest, { path });
    expect(summary).toMatchObject({ path, totals: { macs: 1_511_552 } });
    expect(summary.layers).toHaveLength(5);
    expect(summary.layers.every(({ reason }) => reason.length > 0)).toBe(true);
  });

  it('tells who reads whom', async () => {
    const { layers } = await engine.connection.sendRequest(inspectRequest, { path });
    const { nodes, edges } = await engine.connection.sendRequest(graphRequest, { path });
    expect(nodes.flatMap(({ layer }) => layer ?? [])).toEqual(layers.map(({ name }) => name));
    const ids = new Set(nodes.map(({ id }) => id));
    expect(ids.size).toBe(nodes.length);
    expect(edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true);
    // A plain chain: everyone but the first reads the one before.
    expect(edges).toEqual(nodes.slice(1).map(({ id }, i) => ({ from: nodes[i].id, to: id })));
  });

  it('delivers details layer by layer', async () => {
    const { layers } = await engine.connection.sendRequest(inspectRequest, { path });
    const seen: LayerDetail[] = [];
    const listening = engine.connection.onProgress(detailType, 'details', (detail) => void seen.push(detail));
    const details = await engine.connection.sendRequest(detailsRequest, { path, details: 'details' });
    listening.dispose();
    expect(details.map(({ layer }) => layer)).toEqual(layers.map(({ name }) => name));
    expect(new Set(seen.map(({ layer }) => layer))).toEqual(new Set(details.map(({ layer }) => layer)));
    for (const [i, { byRank }] of details.entries()) {
      const { site } = layers[i];
      expect(byRank?.error.length).toBe(site && site.fullRank + 1);
      if (!byRank || !site) continue;
      expect(byRank.error[0]).toBeCloseTo(1, 6);
      expect(byRank.error[site.fullRank]).toBeLessThan(1e-6);
      expect(byRank.macs[site.breakEvenRank]).toBeLessThan(layers[i].macs);
      expect(byRank.macs[site.breakEvenRank + 1]).toBeGreaterThanOrEqual(layers[i].macs);
    }
  });

  it('says what is wrong and what to do next', async () => {
    const text = join(folder, 'text.onnx');
    writeFileSync(text, 'this is not a model');
    const error = await failure(engine.connection.sendRequest(inspectRequest, { path: text }));
    expect(error.message).toMatch(/text\.onnx is not/);
    expect(error.data).toMatchObject({ kind: 'ModelFileError', hint: expect.stringMatching(/[Ee]xport/) });
    expect(error.data?.stack).toContain('ModelFileError');
  });

  it('names the byte at which a file ends too early', async () => {
    const cut = join(folder, 'cut.onnx');
    const bytes = readFileSync(path);
    const length = bytes.length >> 1;
    writeFileSync(cut, bytes.subarray(0, length));
    const { message } = await failure(engine.connection.sendRequest(inspectRequest, { path: cut }));
    expect(message).toContain(`ends at byte ${length}`);
  });

  it('makes the model of a plan, and never in place of its source', async () => {
    const { layers } = await engine.connection.sendRequest(inspectRequest, { path });
    const { name, site } = layers.find((layer) => layer.site) ?? {};
    if (!name || !site) throw new Error('The model has no site.');
    const plan = JSON.stringify({
      version: 1,
      model: { name: 'small.onnx', sha256: '0'.repeat(64) },
      sites: { [name]: { method: site.method, choice: { rank: 2 } } },
    });
    const out = join(folder, 'applied.onnx');
    const applied = await engine.connection.sendRequest(applyRequest, { path, plan, out });
    expect(applied).toEqual({ model: out, layers: [{ name, rank: 2 }] });
    const refused = await failure(engine.connection.sendRequest(applyRequest, { path, plan, out: path }));
    expect(refused.message).toContain('never written to');
    const wrong = plan.replace('"rank":2', '"rank":100000');
    const misfit = await failure(engine.connection.sendRequest(applyRequest, { path, plan: wrong, out }));
    expect(misfit.data).toMatchObject({ kind: 'PlanError' });
  });

  it('knows no times before it measured, and all of them afterwards', async () => {
    expect(await engine.connection.sendRequest(knownTimesRequest, { path, device })).toBeNull();
    expect(await engine.connection.sendRequest(knownStaircasesRequest, { path, device })).toEqual([]);
    const seen: Progress[] = [];
    const listening = engine.connection.onProgress(progressType, 'measuring', (progress) => void seen.push(progress));
    const times = await engine.connection.sendRequest(measureRequest, { path, device, progress: 'measuring' });
    listening.dispose();
    expect(times.layers).toHaveLength(5);
    expect(times.latencyMs).toBeGreaterThan(0);
    expect(times.layers.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(seen.map(({ stage }) => stage)).toContain('measuring layers');
    const known = await engine.connection.sendRequest(knownTimesRequest, { path, device });
    expect({ ...known, environment: null }).toEqual({ ...times, environment: null });

    const layer = times.layers[2].name;
    const staircase = await engine.connection.sendRequest(staircaseRequest, { path, device, layer });
    expect(staircase.points.map(({ rank }) => rank)).toEqual(
      staircase.points.map(({ rank }) => rank).toSorted((a, b) => a - b),
    );
    // Layers of the same structure share what was measured.
    expect(await engine.connection.sendRequest(knownStaircasesRequest, { path, device })).toContainEqual(staircase);

    const devices = await engine.connection.sendRequest(devicesRequest, {});
    const cpu = devices.find(({ provider }) => provider === 'cpu');
    expect(cpu).toMatchObject({ available: true, tables: [{ device }] });
    const [table] = cpu?.tables ?? [];
    await engine.connection.sendRequest(forgetTableRequest, { path: table.path });
    expect(await engine.connection.sendRequest(knownTimesRequest, { path, device })).toBeNull();
    const other = await failure(engine.connection.sendRequest(forgetTableRequest, { path }));
    expect(other.message).toContain('not a latency table');
    expect(readFileSync(path).length).toBeGreaterThan(0);
  }, 180_000);

  it('compares two models layer by layer', async () => {
    const b = join(folder, 'applied.onnx');
    const comparison = await engine.connection.sendRequest(compareRequest, { a: path, b, device });
    expect(comparison.samples).toBeGreaterThan(0);
    expect(comparison.speedup.low).toBeLessThanOrEqual(comparison.speedup.high);
    const differences = comparison.layers.map(({ difference }) => difference);
    // The layer that was cut is the first that differs, and what follows it differs, too.
    const first = differences.findIndex((difference) => difference > 1e-4);
    expect(first).toBeGreaterThanOrEqual(0);
    expect(differences.slice(first).every((difference) => difference > 1e-4)).toBe(true);
    const same = await engine.connection.sendRequest(compareRequest, { a: path, b: path, device });
    expect(same.layers.every(({ difference }) => difference === 0)).toBe(true);
    expect(same.agreement).toBe(1);
  }, 120_000);

  it('cancels a measurement within a second and goes on answering', async () => {
    const source = cancelledAfter(500);
    const measuring = engine.connection.sendRequest(measureRequest, { path, device, again: true }, source.token);
    const error = await failure(measuring);
    expect(error.code).toBe(-32800);
    expect((await engine.connection.sendRequest(inspectRequest, { path })).layers).toHaveLength(5);
  });
});
