import type { LayerFigures } from '../../../src/protocol/figures';
import type { LayerDetail, LayerSummary, ModelSummary } from '../../../src/protocol/model';
import type { Probabilities, RunDetail, RunUpdate } from '../../../src/protocol/runs';
import type { LayerStaircase, LayerTime, ModelTimes } from '../../../src/protocol/times';
import type { ModelData } from './modelData';

const device = { provider: 'cpu', threads: 1 } as const;
const environment = {
  cpu: 'A processor',
  cores: 8,
  flags: ['avx2', 'fma'],
  loadAverage: [0.1, 0.2, 0.2],
  memoryBytes: 16e9,
  runtime: '1.30.0',
  node: '20.19.0',
  platform: 'linux-x64',
  provider: 'cpu',
  threads: 1,
  time: '2026-11-25T12:00:00.000Z',
};
const folder = '/home/me/.layerwise/runs';
const model = '/home/me/models/generated.onnx';

interface Shape {
  readonly name: string;
  readonly into: number;
  readonly out: number;
  readonly size: number;
}

/** Shapes of a network as they are drawn: wider and smaller towards its end. */
function shapesOf(count: number, width: number): Shape[] {
  return Array.from({ length: count }, (_, index) => {
    const level = Math.floor((4 * index) / count);
    const out = width * 2 ** Math.min(2, level);
    return {
      name: index === count - 1 ? 'classifier' : `features.${index}`,
      into: index === 0 ? 3 : out / (index % 7 === 1 && level > 0 ? 2 : 1),
      out: index === count - 1 ? 10 : out,
      size: 32 / 2 ** level,
    };
  });
}

function layerOf({ name, into, out, size }: Shape, index: number): LayerSummary {
  const dense = name === 'classifier';
  const params = dense ? into * out : 9 * into * out;
  const macs = params * (dense ? 1 : size * size);
  const fullRank = Math.min(into, out);
  const status = dense || index === 0 ? 'not-worthwhile' : 'compressible';
  return {
    name,
    op: dense ? 'Gemm' : 'Conv',
    macs,
    params,
    bytes: 4 * params,
    weight: `${name}.weight`,
    weightDims: dense ? [out, into] : [out, into, 3, 3],
    inputDims: dense ? [1, into] : [1, into, size, size],
    outputDims: dense ? [1, out] : [1, out, size, size],
    status,
    reason: index === 0 ? '3 input channels leave nothing to save.' : dense ? '0.3 % of the time.' : 'Tucker-2.',
    ...(status === 'compressible' && {
      site: { method: 'tucker' as const, fullRank, breakEvenRank: Math.floor(fullRank * 0.8) },
    }),
  };
}

function detailOf({ name, site, macs, weightDims }: LayerSummary, index: number): LayerDetail {
  const count = Math.min(...weightDims.slice(0, 2));
  const singularValues = Array.from(
    { length: count },
    (_, i) => 6 * Math.exp((-3 * i) / count) * (1 - (0.2 * i) / count),
  );
  const energies = singularValues.map((value) => value * value);
  const total = energies.reduce((sum, value) => sum + value, 0);
  let left = total;
  const error = [1, ...energies.map((energy) => Math.sqrt(Math.max(0, (left -= energy)) / total))];
  const [out, into, height = 1] = weightDims;
  const params = error.map((_, rank) => rank * (into + out + height * height * rank));
  const places = macs / (into * out * height * height);
  return {
    layer: name,
    singularValues,
    sparsity: (index % 5) / 20,
    ...(site && {
      byRank: { error, macs: params.map((value) => value * places), params, bytes: params.map((value) => 4 * value) },
    }),
  };
}

/** Latency against rank as real hardware has it: multiples of 16 are fast, the ranks just above them are not. */
function staircaseOf({ name, site }: LayerSummary, keepMs: number): LayerStaircase[] {
  if (!site) return [];
  const { breakEvenRank } = site;
  const ranks = new Set<number>([breakEvenRank]);
  for (let rank = 16; rank <= breakEvenRank; rank += 16) for (const below of [0, 1, 2, 4, 8]) ranks.add(rank - below);
  const points = [...ranks]
    .sort((a, b) => a - b)
    .map((rank) => {
      const fill = rank % 16 === 0 ? 0.72 : 1;
      const ms = keepMs * (0.08 + ((1.05 * Math.ceil(rank / 8) * 8) / breakEvenRank) * fill);
      return { rank, ms, low: ms * 0.985, high: ms * 1.02 };
    });
  const candidates = points.filter(({ rank, ms }) => rank % 16 === 0 && ms < keepMs).map(({ rank }) => rank);
  return [{ layer: name, device, keepMs, points, candidates, step: 16 }];
}

function timesOf(layers: readonly LayerSummary[]): ModelTimes {
  const ms = layers.map(({ macs }, index) => 0.01 + (macs / 4.6e7) * (1 + 0.15 * Math.sin(index)));
  const sumMs = ms.reduce((sum, value) => sum + value, 0);
  const wholeMs = sumMs * 1.04;
  return {
    model,
    device,
    latencyMs: wholeMs,
    latency: { median: wholeMs, low: wholeMs * 0.988, high: wholeMs * 1.012 },
    noisy: false,
    measured: new Date(Date.now() - 130_000).toISOString(),
    environment,
    table: { sumMs, wholeMs, ratio: sumMs / wholeMs },
    layers: layers.map(({ name, op, macs }, index): LayerTime => ({
      ...{ name, op, macs, ms: ms[index], low: ms[index] * 0.98, high: ms[index] * 1.03 },
      share: ms[index] / sumMs,
      origin: 'table',
    })),
  };
}

/**
 * A model of so many layers, with times, ranks and finished runs.
 * @param width channels at its beginning; the wider, the longer are the tables by rank
 */
export function generatedModel(count: number, width = 64): ModelData {
  const layers = shapesOf(count, width).map(layerOf);
  const times = timesOf(layers);
  const staircases = layers.flatMap((layer, index) => staircaseOf(layer, times.layers[index].ms));
  const sum = (of: (layer: LayerSummary) => number): number => layers.reduce((total, layer) => total + of(layer), 0);
  const totals = {
    macs: sum(({ macs }) => macs),
    params: sum(({ params }) => params),
    bytes: sum(({ bytes }) => bytes),
  };
  const summary: ModelSummary = {
    path: model,
    fileBytes: totals.bytes + 4000,
    opset: 17,
    producer: 'pytorch 2.1',
    inputs: [{ name: 'input', type: 'float32', dims: [1, 3, 32, 32] }],
    outputs: [{ name: 'output', type: 'float32', dims: [1, 10] }],
    totals,
    openSizes: [],
    layers,
  };
  const data = { summary, times, staircases };
  return {
    ...data,
    start: {
      model,
      device,
      runFolders: ['/work'],
      excluded: [],
      pinned: {},
      dataSets: ['fashion-mnist', 'cifar10:cifar-10-batches-bin'],
      defaults: {
        model,
        budget: { resource: 'latency', text: '0.5x' },
        maxDrop: 1,
        search: 'haloc',
        device,
        searchEpochs: 3,
        epochs: 10,
        seed: 1,
      },
      trusted: true,
      texts: {},
    },
    details: layers.map(detailOf),
    graph: graphOf(layers),
    devices: [
      { provider: 'cpu', available: true, reason: 'Ready.', description: 'A processor, avx2 fma', tables: [] },
      {
        provider: 'cuda',
        available: false,
        reason: 'Only the CPU kernels are installed.',
        description: '',
        tables: [],
      },
    ],
    runs: [runOf(data, 0), runOf(data, 1), fallenBack(runOf(data, 2))],
    comparison: {
      speedup: { median: 2.9, low: 2.84, high: 2.97 },
      a: { path: model, latencyMs: times.latencyMs, latency: times.latency },
      b: { path: `${folder}/run-0/model.onnx`, latencyMs: times.latencyMs / 2.9, latency: times.latency },
      agreement: 0.987,
      agreementOn: 'class',
      difference: 0.05,
      samples: 256,
      noisy: false,
      device,
      layers: layers.map(({ name }, index) => ({ name, difference: 0.02 + 0.06 * (index / count) })),
    },
  };
}

function graphOf(layers: readonly LayerSummary[]): ModelData['graph'] {
  const nodes: { id: string; op: string; layer?: string }[] = [];
  const edges: { from: string; to: string }[] = [];
  let last: string | undefined;
  const add = (id: string, op: string, layer?: string, from = last): void => {
    nodes.push({ id, op, layer });
    if (from !== undefined) edges.push({ from, to: id });
    last = id;
  };
  layers.forEach(({ name, op }, index) => {
    const before = last;
    add(name, op, name);
    if (op === 'Conv') add(`${name}/relu`, 'Relu');
    if (index % 3 === 2 && before !== undefined) {
      add(`${name}/add`, 'Add');
      edges.push({ from: before, to: `${name}/add` });
    }
  });
  return { nodes, edges };
}

interface Measured {
  readonly summary: ModelSummary;
  readonly times: ModelTimes;
  readonly staircases: readonly LayerStaircase[];
}

function runOf({ summary, times, staircases }: Measured, index: number): RunDetail {
  const path = `${folder}/run-${index}`;
  const layers = summary.layers.map((layer, at): LayerFigures => {
    const stairs = staircases.find((staircase) => staircase.layer === layer.name);
    const rank = stairs?.candidates.at(Math.floor(stairs.candidates.length * (0.35 + 0.12 * index)));
    const share = rank === undefined ? 1 : rank / (layer.site?.fullRank ?? rank) / 1.4;
    const denseMs = times.layers[at].ms;
    return {
      name: layer.name,
      op: layer.op,
      status: layer.status,
      reason: rank === undefined ? layer.reason : 'Chosen by the search.',
      rank,
      fullRank: layer.site?.fullRank,
      denseMs,
      newMs: rank === undefined ? denseMs : stairs?.points.find((point) => point.rank === rank)?.ms,
      origin: 'table',
      macsBefore: layer.macs,
      macsAfter: layer.macs * share,
      paramsBefore: layer.params,
      paramsAfter: layer.params * share,
      error: rank === undefined ? undefined : 0.3 - 0.2 * share,
    };
  });
  const after = layers.reduce((ms, { newMs = 0 }) => ms + newMs, 0);
  const { latencyMs } = times;
  const ratio = latencyMs / after;
  const metric = 92.9 - 0.5 * (2 - index);
  const speedup = { median: ratio, low: ratio * 0.98, high: ratio * 1.02 };
  const figures = { latencyMs: after, latency: { median: after, low: after * 0.99, high: after * 1.01 } };
  const macs = layers.reduce((total, layer) => total + layer.macsAfter, 0);
  const params = layers.reduce((total, layer) => total + layer.paramsAfter, 0);
  const started = new Date(Date.UTC(2026, 10, 25, 12 - index, 14)).toISOString();
  return {
    summary: {
      path,
      model,
      started,
      state: 'finished',
      result: `Accepted: ${ratio.toFixed(2)}x faster, accuracy 93.1 % to ${metric.toFixed(1)} %.`,
      figures: {
        verdict: 'accepted',
        resource: 'latency',
        speedup,
        latencyMs: after,
        metric,
        metricName: 'accuracy',
        macs,
        bytes: 4 * params,
      },
    },
    request: { model, data: 'cifar10', budget: { resource: 'latency', text: '0.4x' }, maxDrop: 2, search: 'haloc' },
    // Of models with thousands of layers these would be the most of the data, and nobody looks at them.
    updates: staircases.length > 200 ? [] : updatesOf(staircases),
    plan: '{}',
    report: {
      version: 1,
      verdict: 'accepted',
      why: `The speed-up is ${ratio.toFixed(2)}x and its whole interval is above 1.02x; accuracy fell by ${(93.1 - metric).toFixed(1)} of 2.0 points.`,
      model: { source: model, result: `${path}/model.onnx` },
      budget: { resource: 'latency', limit: latencyMs * 0.4, text: '0.4x' },
      search: 'haloc',
      seed: 1,
      metricName: 'accuracy',
      metricSamples: 10_000,
      data: 'cifar10',
      device,
      environment,
      before: { latencyMs, latency: times.latency, ...summary.totals, metric: 93.1 },
      after: { ...figures, macs, params, bytes: 4 * params, metric },
      speedup,
      gates: [
        { name: 'reloads', passed: true, detail: 'The file loads and runs.' },
        { name: 'agrees', passed: true, detail: 'Outputs differ from the model in memory by 2.1e-6.' },
        { name: 'faster', passed: true, detail: `${ratio.toFixed(2)}x, 95 % interval above 1.02x.` },
        { name: 'accurate', passed: true, detail: `93.10 % to ${metric.toFixed(2)} % on 10,000 samples.` },
      ],
      layers,
      tableCheck: { sumMs: times.table.sumMs, wholeMs: times.table.wholeMs, ratio: times.table.ratio },
      notes: ['Batch normalisation was folded before the search.'],
      secondsByStage: { baseline: 4.2, latencies: 11.8, search: 92.4, 'fine-tuning': 180.2, gates: 9.5 },
    },
  };
}

function fallenBack(run: RunDetail): RunDetail {
  const why = 'Accuracy fell by 2.4 of 2.0 points that may be lost; the source is handed over.';
  const report = run.report && { ...run.report, verdict: 'fell-back' as const, why, candidate: run.report.after };
  return {
    ...run,
    summary: {
      ...run.summary,
      result: `Fell back: ${why}`,
      figures: run.summary.figures && { ...run.summary.figures, verdict: 'fell-back', metric: 91.2 },
    },
    report: report && {
      ...report,
      after: report.before,
      gates: report.gates.map((gate) => (gate.name === 'accurate' ? { ...gate, passed: false, detail: why } : gate)),
    },
  };
}

/** What a search tells: probabilities that settle, an expected latency that falls to the budget, losses and accuracies. */
export function updatesOf(staircases: readonly LayerStaircase[]): RunUpdate[] {
  const updates: RunUpdate[] = [{ kind: 'stage', name: 'search' }];
  const epochs = 3;
  const stepsPerEpoch = 40;
  const steps = epochs * stepsPerEpoch;
  for (let step = 1; step <= steps; step++) {
    const done = step / steps;
    const temperature = 5 * Math.exp(-3 * done);
    updates.push({
      kind: 'search',
      state: {
        ...{ epoch: Math.floor((step - 1) / stepsPerEpoch), epochs, step, steps, temperature },
        loss: 0.3 + 1.4 * Math.exp(-4 * done) + 0.05 * Math.sin(step),
        expected: 0.98 + 0.9 * Math.exp(-5 * done),
        multiplier: 2 * done,
      },
    });
    if (step % 10 === 0)
      updates.push({ kind: 'probabilities', probabilities: probabilitiesOf(staircases, done, step) });
    if (step % stepsPerEpoch === 0) {
      const epoch = step / stepsPerEpoch - 1;
      updates.push({ kind: 'epoch', state: { stage: 'search', epoch, loss: 1.2 / (epoch + 1), accuracy: 88 + epoch } });
    }
  }
  updates.push({ kind: 'stage', name: 'fine-tuning' });
  for (let epoch = 0; epoch < 10; epoch++) {
    const loss = 0.5 * Math.exp(-epoch / 3) + 0.1;
    updates.push({
      kind: 'epoch',
      state: {
        stage: 'fine-tuning',
        epoch,
        loss,
        accuracy: 94 - 4 * Math.exp(-epoch / 2),
        metric: 92.8 - 3 * Math.exp(-epoch / 2),
      },
    });
  }
  return updates;
}

export function probabilitiesOf(staircases: readonly LayerStaircase[], done: number, step: number): Probabilities {
  return {
    epoch: 0,
    step,
    sites: staircases.map(({ layer, candidates }, index) => {
      const chosen = Math.floor(candidates.length * (0.3 + 0.1 * (index % 4)));
      const weights = [...candidates, 'keep' as const].map((_, at) => Math.exp(-Math.abs(at - chosen) * 5 * done));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      return { site: layer, choices: [...candidates, 'keep'], probabilities: weights.map((weight) => weight / sum) };
    }),
  };
}
