import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ResponseError } from 'vscode-jsonrpc/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deleteRunRequest,
  evaluateRunRequest,
  inspectRequest,
  keepBestRequest,
  listRunsRequest,
  resumeRunRequest,
  showRunRequest,
  startRunRequest,
  stopRunRequest,
  type RunChange,
} from '../src/protocol/messages';
import type { CompressionRequest } from '../src/protocol/runs';
import { choiceOf, parsePlan } from '../src/search/plan';
import { childrenOf } from './support/childProcesses';
import { startEngine, type EngineProcess } from './support/engineProcess';
import { makeSmallTask } from './support/smallTask';

const folder = mkdtempSync(join(tmpdir(), 'layerwise-runs-'));
const runsFolder = join(folder, '.layerwise', 'runs');
let engine: EngineProcess;
let request: CompressionRequest;

beforeAll(async () => {
  engine = startEngine(folder);
  const { model, data } = makeSmallTask(folder);
  request = {
    model,
    data,
    budget: { resource: 'macs', text: '0.5x' },
    searchEpochs: 30,
    epochs: 1,
  };
  await engine.ready;
});
afterAll(async () => {
  await engine.end();
  rmSync(folder, { recursive: true, force: true });
});

const isStep = (run: string, step: number) => (change: RunChange) =>
  change.run.path === run && change.update?.kind === 'search' && change.update.state.step >= step;
const hasEnded = (run: string) => (change: RunChange) => change.run.path === run && change.run.state !== 'running';

async function start(changed: Partial<CompressionRequest> = {}): Promise<string> {
  // A folder that was deleted may be made again: what was told before is about another run.
  engine.changes.length = 0;
  const { path, state } = await engine.connection.sendRequest(startRunRequest, {
    request: { ...request, ...changed },
    runsFolder,
  });
  expect(state).toBe('running');
  return path;
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'It was not refused.',
    (error: unknown) => (error instanceof ResponseError ? error.message : String(error)),
  );
}

/** Processes of the engine that hold the run's work: those that have a child or use its time are not told apart here. */
async function killAllChildren(): Promise<void> {
  const children = childrenOf(engine.child.pid!);
  expect(children.length).toBeGreaterThan(0);
  for (const pid of children) process.kill(pid, 'SIGKILL');
}

describe('runs in the engine', () => {
  it('refuses what can be seen to be impossible, and leaves nothing behind', async () => {
    const wrong = { request: { ...request, budget: { resource: 'macs' as const, text: 'half' } }, runsFolder };
    expect(await refusal(engine.connection.sendRequest(startRunRequest, wrong))).toMatch(/half/);
    expect(await engine.connection.sendRequest(listRunsRequest, { folders: [folder] })).toEqual([]);
  });

  it('answers on while it searches, one run at a time, and stops within a second', async () => {
    const run = await start();
    await engine.until(isStep(run, 3));
    expect(await refusal(engine.connection.sendRequest(startRunRequest, { request, runsFolder }))).toContain(
      `${basename(run)} is running`,
    );
    expect(await refusal(engine.connection.sendRequest(deleteRunRequest, { run }))).toContain('works on the run');
    expect((await engine.connection.sendRequest(inspectRequest, { path: request.model })).layers).toHaveLength(5);
    const [listed] = await engine.connection.sendRequest(listRunsRequest, { folders: [folder] });
    expect(listed).toMatchObject({ path: run, model: request.model, state: 'running' });
    const stopped = await engine.connection.sendRequest(stopRunRequest, { run });
    expect(stopped).toMatchObject({ path: run, state: 'unfinished' });
    expect(await refusal(engine.connection.sendRequest(stopRunRequest, { run }))).toContain('not running');
    await engine.connection.sendRequest(deleteRunRequest, { run });
    expect(existsSync(run)).toBe(false);
  }, 120_000);

  it('goes on by itself after a kill in mid-search, keeps the best when told, and shows all of it later', async () => {
    const run = await start();
    await engine.until(isStep(run, 30));
    await killAllChildren();
    const note = await engine.until(({ update }) => update?.kind === 'note' && /last checkpoint/.test(update.sentence));
    expect(note.run.path).toBe(run);
    const before = engine.changes.length;
    await engine.until((change) => engine.changes.indexOf(change) > before && isStep(run, 31)(change));
    await engine.connection.sendRequest(keepBestRequest, { run });
    const { run: ended } = await engine.until(hasEnded(run));
    expect(ended).toMatchObject({ state: 'finished', figures: { metricName: 'accuracy' } });

    const detail = await engine.connection.sendRequest(showRunRequest, { run });
    expect(detail.summary).toEqual(ended);
    expect(detail.request).toMatchObject(request);
    expect(detail.report?.layers).toHaveLength(5);
    expect(detail.plan).toContain('"search": "haloc"');
    const steps = detail.updates.flatMap((update) => (update.kind === 'search' ? update.state.step : []));
    expect(steps).toEqual([...new Set(steps)].toSorted((a, b) => a - b));
    expect(steps.at(-1)).toBeLessThan(30 * 6);
    const shown = detail.updates.find((update) => update.kind === 'probabilities');
    const [site] = shown?.probabilities.sites ?? [];
    expect(site.choices.at(-1)).toBe('keep');
    expect(site.choices.length).toBe(site.probabilities.length);
    expect(site.probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 4);
    const kinds = new Set(detail.updates.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['epoch', 'note', 'probabilities', 'search', 'stage']);

    const { metric, value, samples } = await engine.connection.sendRequest(evaluateRunRequest, { run });
    expect({ metric, samples }).toEqual({ metric: 'accuracy', samples: detail.report?.metricSamples });
    expect(value).toBeCloseTo(detail.report?.after.metric ?? NaN, 6);
  }, 300_000);

  it('says what went wrong in a run that fails, and resumes one that was stopped, with a rank fixed by the user', async () => {
    const failing = await start({ budget: { resource: 'macs', text: '0.0001x' } });
    const { run: failed } = await engine.until(hasEnded(failing));
    expect(failed.state).toBe('failed');
    expect(failed.result).toMatch(/budget|macs/i);
    const { layers } = await engine.connection.sendRequest(inspectRequest, { path: request.model });
    const pinned = layers.findLast((layer) => layer.site)?.name ?? '';
    const run = await start({ searchEpochs: 1, pinned: { [pinned]: 5 } });
    await engine.until(({ run: { path }, update }) => path === run && update?.kind === 'stage');
    await engine.connection.sendRequest(stopRunRequest, { run });
    const before = engine.changes.length;
    expect(await engine.connection.sendRequest(resumeRunRequest, { run })).toMatchObject({
      path: run,
      state: 'running',
    });
    const { run: ended } = await engine.until(
      (change) => engine.changes.indexOf(change) > before && hasEnded(run)(change),
    );
    expect(ended.state).toBe('finished');
    const { plan, request: shown } = await engine.connection.sendRequest(showRunRequest, { run });
    expect(choiceOf(parsePlan(plan ?? ''), pinned)).toEqual({ kind: 'rank', rank: 5 });
    expect(shown.pinned).toEqual({ [pinned]: 5 });
    const wrong = await start({ pinned: { 'no such layer': 5 } });
    expect((await engine.until(hasEnded(wrong))).run.result).toContain('no such layer');
  }, 300_000);

  it('was alive all the time', () => {
    const pauses = engine.heartbeats.slice(1).map((time, i) => time - engine.heartbeats[i]);
    expect(pauses.length).toBeGreaterThan(3);
  });
});
