/**
 * Speed of a training step against PyTorch: ResNet-20, or a VGG-style network of 64, 128 and 256 channels, batch 128, SGD
 * with momentum and weight decay, the same weights, data and threads, alternating in one run.
 *
 *     npm run -s bench:training -- [--json] [--network resnet20|vgg-64-128-256] [--rounds 15] [--batch 128] [--threads 2]
 *         [--backend auto|blocked|standard]
 *
 * The last line with --json: toChannelsLast and toDefault, how many times as fast as PyTorch's channels_last and default
 * layouts, and samplesPerSecond; both ratios are null where there is no PyTorch. `backend` is what was measured: where the
 * blocked layout does not work, that is the standard operators, and `notes` say so.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LoadWatch, waitForQuiet } from '../src/hardware/otherLoad';
import { median, medianInterval } from '../src/hardware/statistics';
import type { Model } from '../src/onnx/model';
import { Random } from '../src/tensor/random';
import { toFloat32 } from '../src/tensor/convert';
import { float32, type Tensor } from '../src/tensor/tensor';
import { findBlockedBackend } from '../src/training/backend';
import { vggClassifier } from '../src/training/networks/plainCnn';
import { resnet20 } from '../src/training/networks/resnet';
import { stepInput } from '../src/training/objective';
import { crossEntropy } from '../src/training/objectives/crossEntropy';
import { TrainingSession } from '../src/training/trainer';
import { TorchProcess, type StepTimes, type TorchSettings } from './torchProcess';

const rate = 0.01;
const momentum = 0.9;
const weightDecay = 5e-4;
const classes = 10;
const group = 'all';

/** A measurement lasts about so long: much longer than the clock's and the load meter's grain, short enough to be undisturbed. */
const measurementMs = 700;
/** Cores of other work that a measurement may have beside it. */
const tolerableLoad = 0.15;
/** Rounds that have to be quiet for their figures to be used alone; otherwise the quietest third is. */
const quietRoundsNeeded = 5;
/** How long a round waits for quiet. */
const patienceMs = 3000;
/** The two may differ so much in the loss of the first step. */
const lossTolerance = 1e-3;

interface Contestant {
  readonly name: string;
  readonly steps: (count: number) => Promise<StepTimes>;
  count: number;
}

interface Measurement {
  readonly ms: number;
  readonly cpuMs: number;
  /** Cores that others used. */
  readonly load: number;
}

type Round = ReadonlyMap<string, Measurement>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '15' },
      batch: { type: 'string', default: '128' },
      threads: { type: 'string', default: '2' },
      backend: { type: 'string', default: 'auto' },
      network: { type: 'string', default: 'resnet20' },
    },
  });
  const [rounds, batch, threads] = [values.rounds, values.batch, values.threads].map(Number);
  const say = (text: string): void => void (values.json || process.stdout.write(`${text}\n`));
  const network = oneOf(['resnet20', 'vgg-64-128-256'] as const, values.network);
  const wanted = oneOf(['auto', 'blocked', 'standard'] as const, values.backend);

  const model = network === 'vgg-64-128-256' ? vggClassifier('bench') : resnet20({ classes, seed: 'bench' });
  const data = sampleData(batch);
  const session = await ownSession(model, batch, threads, wanted);
  const notes: string[] = [];
  const { backend, blockSize } = await backendOf(session, wanted, notes);
  const own: Contestant = { name: 'layerwise', steps: ownSteps(session, data), count: 1 };
  const folder = fs.mkdtempSync(join(tmpdir(), 'layerwise-bench-'));
  const torches: TorchProcess[] = [];
  try {
    const settings = writeSettings(folder, model, data, threads, network);
    const contestants = [own];
    for (const channelsLast of [false, true]) {
      const script = join(__dirname, '..', 'bench', 'torchTraining.py');
      const started = await TorchProcess.start(script, { ...settings, channelsLast });
      if ('absent' in started) {
        notes.push(`PyTorch is absent, so there is no comparison: ${started.absent}`);
        break;
      }
      torches.push(started.process);
      const name = `PyTorch ${started.version}${channelsLast ? ' channels_last' : ''}`;
      contestants.push({ name, steps: (count) => started.process.steps(count), count: 1 });
    }
    const blocks = blockSize === null ? '' : ` in blocks of ${blockSize}`;
    say(`${network}, batch ${batch}, ${threads} threads; layerwise computes with the backend '${backend}'${blocks}`);
    for (const note of notes) say(note);
    await warmUp(contestants);
    const results: Round[] = [];
    for (let i = 0; i < rounds; i++) results.push(await round(contestants, i));
    report(contestants, results, batch, say, values.json, {
      network,
      batch,
      threads,
      backend,
      blockSize,
      notes,
    });
  } finally {
    for (const torch of torches) torch.dispose();
    await session.dispose();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function oneOf<T extends string>(allowed: readonly T[], value: string): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Error(`${value} is not one of ${allowed.join(', ')}.`);
  return found;
}

/** What the session computes with; a note when that is not what is wanted by default. */
async function backendOf(
  { graph: { backend } }: TrainingSession,
  wanted: string,
  notes: string[],
): Promise<{ readonly backend: string; readonly blockSize: number | null }> {
  const finding = await findBlockedBackend();
  if (backend === 'blocked' && !('absent' in finding)) return { backend, blockSize: finding.blockSize };
  if (wanted !== 'standard') {
    const reason =
      'absent' in finding ? finding.absent : 'the batch does not consist of whole blocks, or it would not pay';
    notes.push(`Measured with standard operators, since the blocked layout cannot be used here: ${reason}`);
  }
  return { backend, blockSize: null };
}

interface SampleData {
  readonly images: Tensor<Float32Array>;
  readonly labels: Tensor<Int32Array>;
}

function sampleData(batch: number): SampleData {
  const random = Random.of('bench data');
  const images = float32([batch, 3, 32, 32]);
  for (let i = 0; i < images.data.length; i++) images.data[i] = random.normal();
  const labels = Int32Array.from({ length: batch }, (_, i) => i % classes);
  return { images, labels: { type: 'int32', dims: [batch], data: labels } };
}

function trainedWeights(model: Model): string[] {
  return [...model.graph.weights.keys()].filter((name) => /\.(weight|bias)$/.test(name));
}

function ownSession(
  model: Model,
  batch: number,
  threads: number,
  backend: 'auto' | 'blocked' | 'standard',
): Promise<TrainingSession> {
  const optimizer = { kind: 'sgd', momentum, weightDecay } as const;
  const groups = [{ name: group, parameters: trainedWeights(model), optimizer }];
  const spec = { model, batch, objective: crossEntropy(), groups, backend };
  return TrainingSession.create(spec, { threads, stepsPerRun: 1 });
}

function ownSteps(session: TrainingSession, { images, labels }: SampleData): Contestant['steps'] {
  const feeds = { tensors: { input: images, [stepInput.labels]: labels }, rates: { [group]: rate } };
  return async (count) => {
    const cpu = process.cpuUsage();
    const start = performance.now();
    let loss = NaN;
    for (let i = 0; i < count; i++) ({ loss } = await session.step(feeds));
    const ms = (performance.now() - start) / count;
    const { user, system } = process.cpuUsage(cpu);
    return { ms, cpuMs: (user + system) / 1000 / count, loss };
  };
}

/** Writes what PyTorch reads: the weights before the first step and the data. */
function writeSettings(
  folder: string,
  model: Model,
  { images, labels }: SampleData,
  threads: number,
  network: TorchSettings['network'],
): TorchSettings {
  const file = (name: string, arrays: readonly (Float32Array | Int32Array)[]): string => {
    const path = join(folder, name);
    const bytes = arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength));
    fs.writeFileSync(path, Buffer.concat(bytes));
    return path;
  };
  const tensors = trainedWeights(model).map(
    (name) => [name, toFloat32(model.graph.weights.get(name)!.tensor())] as const,
  );
  return {
    threads,
    network,
    channelsLast: false,
    weights: file(
      'weights.bin',
      tensors.map(([, tensor]) => tensor.data),
    ),
    tensors: tensors.map(([name, { dims }]) => [name, dims]),
    samples: file('samples.bin', [images.data]),
    labels: file('labels.bin', [labels.data]),
    dims: images.dims,
    rate,
    momentum,
    weightDecay,
  };
}

/** First steps: they must give the same loss everywhere, and tell how many make a measurement. */
async function warmUp(contestants: readonly Contestant[]): Promise<void> {
  const losses: number[] = [];
  for (const contestant of contestants) {
    losses.push((await contestant.steps(1)).loss);
    await contestant.steps(1);
    const { ms } = await contestant.steps(1);
    contestant.count = Math.max(1, Math.round(measurementMs / ms));
  }
  for (const [i, loss] of losses.entries()) {
    if (!(Math.abs(loss - losses[0]) <= lossTolerance * losses[0])) {
      throw new Error(`${contestants[i].name} has the loss ${loss} in the first step and layerwise ${losses[0]}.`);
    }
  }
}

/** Everybody once, each round beginning with another. */
async function round(contestants: readonly Contestant[], index: number): Promise<Round> {
  const result = new Map<string, Measurement>();
  for (let i = 0; i < contestants.length; i++) {
    const { name, steps, count } = contestants[(index + i) % contestants.length];
    await waitForQuiet(patienceMs);
    const watch = new LoadWatch();
    const start = performance.now();
    const own = process.cpuUsage();
    const { ms, cpuMs } = await steps(count);
    const elapsed = performance.now() - start;
    const { user, system } = process.cpuUsage(own);
    // What the watch counts as others' includes PyTorch's own process.
    const mine = (user + system) / 1000;
    const load = Math.max(0, watch.cores() - Math.max(0, cpuMs * count - mine) / elapsed);
    result.set(name, { ms, cpuMs, load });
  }
  return result;
}

/** The rounds in which nothing else ran, or the quietest third where there are too few. */
function quietRounds(rounds: readonly Round[]): Round[] {
  const loadOf = (one: Round): number => Math.max(...[...one.values()].map(({ load }) => load));
  const quiet = rounds.filter((one) => loadOf(one) < tolerableLoad);
  if (quiet.length >= quietRoundsNeeded) return quiet;
  const ordered = [...rounds].sort((a, b) => loadOf(a) - loadOf(b));
  return ordered.slice(0, Math.max(3, Math.ceil(rounds.length / 3)));
}

function report(
  contestants: readonly Contestant[],
  rounds: readonly Round[],
  batch: number,
  say: (text: string) => void,
  json: boolean,
  settings: Readonly<Record<string, unknown>>,
): void {
  const used = quietRounds(rounds);
  const [own, ...others] = contestants.map(({ name }) => name);
  const samplesPerSecond = (1000 * batch) / median(used.map((one) => one.get(own)!.ms));
  for (const { name } of contestants) {
    const { median: ms, low, high } = medianInterval(used.map((one) => one.get(name)!.ms));
    const cpu = median(used.map((one) => one.get(name)!.cpuMs));
    say(
      `${name.padEnd(32)} ${ms.toFixed(1)} ms a step (${low.toFixed(1)} to ${high.toFixed(1)}), ` +
        `${((1000 * batch) / ms).toFixed(0)} samples/s, ${cpu.toFixed(0)} ms of processor time`,
    );
  }
  const ratios = others.map((name) => ({
    name,
    wall: medianInterval(used.map((one) => one.get(name)!.ms / one.get(own)!.ms)),
    cpu: median(used.map((one) => one.get(name)!.cpuMs / one.get(own)!.cpuMs)),
  }));
  for (const { name, wall, cpu } of ratios) {
    say(
      `${wall.median.toFixed(2)} times as fast as ${name} (${wall.low.toFixed(2)} to ${wall.high.toFixed(2)}; ` +
        `by processor time ${cpu.toFixed(2)})`,
    );
  }
  say(`${used.length} of ${rounds.length} rounds used`);
  if (!json) return;
  const [toDefault, toChannelsLast] = ratios;
  const summary = {
    toChannelsLast: toChannelsLast?.wall.median ?? null,
    toDefault: toDefault?.wall.median ?? null,
    samplesPerSecond,
    intervals: { toChannelsLast: toChannelsLast?.wall ?? null, toDefault: toDefault?.wall ?? null },
    processorTime: { toChannelsLast: toChannelsLast?.cpu ?? null, toDefault: toDefault?.cpu ?? null },
    rounds: { used: used.length, all: rounds.length },
    load: median(used.flatMap((one) => [...one.values()].map(({ load }) => load))),
    ...settings,
  };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
