import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  compareRequest,
  detailsRequest,
  devicesRequest,
  graphRequest,
  inspectRequest,
  measureRequest,
  showRunRequest,
  staircaseRequest,
  startRunRequest,
} from '../../src/protocol/messages';
import type { CompressionRequest, RunDetail, RunUpdate } from '../../src/protocol/runs';
import type { LayerStaircase } from '../../src/protocol/times';
import { startEngine } from '../support/engineProcess';
import type { ModelData } from './support/modelData';

/**
 * Records what the built engine answers about the sample, a short run included, into `fixtures/sample.json`:
 * `node esbuild.js && npx vite-node test/page/recordSample.ts`. Paths and the machine's name are made neutral; the
 * figures are as they were measured.
 */
const root = join(import.meta.dirname, '../..');
const model = join(root, 'media/sample.onnx');
const device = { provider: 'cpu', threads: 1 } as const;
const runsFolder = mkdtempSync(join(tmpdir(), 'layerwise-record-'));
const defaults: CompressionRequest = {
  model,
  data: 'fashion-mnist',
  budget: { resource: 'latency', text: '0.5x' },
  maxDrop: 4,
  search: 'haloc',
  device,
  searchEpochs: 1,
  samples: 3000,
  epochs: 2,
  seed: 1,
};
/** Of the steps of a search, so many are kept: the fixture stays small. */
const mostSteps = 60;

const engine = startEngine(runsFolder);
const { connection } = engine;
await engine.ready;

const summary = await connection.sendRequest(inspectRequest, { path: model });
const times = await connection.sendRequest(measureRequest, { path: model, device });
const staircases: LayerStaircase[] = [];
for (const { name, site } of summary.layers) {
  if (site) staircases.push(await connection.sendRequest(staircaseRequest, { path: model, device, layer: name }));
}

async function finishedRun(text: string): Promise<RunDetail> {
  const request = { ...defaults, budget: { resource: 'latency' as const, text } };
  const { path } = await connection.sendRequest(startRunRequest, { request, runsFolder });
  await engine.until(({ run }) => run.path === path && run.state !== 'running');
  const detail = await connection.sendRequest(showRunRequest, { run: path });
  return { ...detail, updates: thinned(detail.updates) };
}

function thinned(updates: readonly RunUpdate[]): readonly RunUpdate[] {
  const steps = updates.filter(({ kind }) => kind === 'search').length;
  const stride = Math.ceil(steps / mostSteps);
  const seen = { search: 0, probabilities: 0 };
  return updates.filter(({ kind }) => (kind !== 'search' && kind !== 'probabilities') || seen[kind]++ % stride === 0);
}

const runs: RunDetail[] = [];
for (const budget of ['0.7x', '0.5x']) runs.unshift(await finishedRun(budget));
const accepted = runs.find(({ report }) => report?.verdict === 'accepted')?.report ?? runs[0].report;
const data: ModelData = {
  start: {
    ...{ model, device, runFolders: [runsFolder], excluded: [], pinned: {}, dataSets: ['fashion-mnist'] },
    ...{ defaults, trusted: true, texts: {} },
  },
  summary,
  graph: await connection.sendRequest(graphRequest, { path: model }),
  details: await connection.sendRequest(detailsRequest, { path: model }),
  times,
  staircases,
  devices: (await connection.sendRequest(devicesRequest, {})).map((found) => ({ ...found, tables: [] })),
  runs,
  comparison:
    accepted && (await connection.sendRequest(compareRequest, { a: model, b: accepted.model.result, device })),
};
await engine.end();

const text = JSON.stringify(data, (_, value: unknown) =>
  typeof value === 'number' ? Number(value.toPrecision(6)) : value,
)
  .replaceAll(runsFolder, '/home/me/models/.layerwise/runs')
  .replaceAll(model, '/home/me/models/sample.onnx')
  .replaceAll(times.environment.cpu, 'A processor');
writeFileSync(join(import.meta.dirname, 'fixtures/sample.json'), `${text}\n`);
rmSync(runsFolder, { recursive: true });
