/**
 * What a step of the search costs against a plain training step of the same network, for 2, 4, 8 and 16 choices per layer:
 * time, alternating in one process; peak memory, in a fresh process each. An epoch of either has the same number of steps,
 * so the ratios are those of epochs.
 *
 *     npm run -s bench:search-cost -- [--json] [--network resnet20] [--batch 128] [--threads 2] [--rounds 9]
 *         [--features 0]
 *
 * With `--features` above 0 the search keeps the feature maps near to those of the untouched network, with that weight.
 *
 * The last line with --json: for each number of choices the ratio of times (median and 95 % interval of paired rounds), of
 * processor times, and of peak memory.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { median, medianInterval, type Interval } from '../src/hardware/statistics';
import { methodOf, statusOf } from '../src/methods/registry';
import { layersOf, modelTotals } from '../src/onnx/layers';
import { inferShapes } from '../src/runtime/shapes';
import { budgetProblem } from '../src/search/budget';
import { gumbelNoise } from '../src/search/gumbel';
import { halocSettings } from '../src/search/halocSettings';
import { createSearchSession, searchGroup, steeringInputs } from '../src/search/searchSession';
import { buildSpace } from '../src/search/sites';
import { makeSupernet } from '../src/search/supernet';
import { trainableWeights } from '../src/search/trainableWeights';
import { Random } from '../src/tensor/random';
import { float32, type Tensor } from '../src/tensor/tensor';
import { networks, type NetworkName } from '../src/training/networks/named';
import { stepInput } from '../src/training/objective';
import { crossEntropy } from '../src/training/objectives/crossEntropy';
import { TrainingSession } from '../src/training/trainer';

const choiceCounts = [2, 4, 8, 16] as const;
const classes = 10;
const optimizer = { kind: 'sgd', momentum: 0.9, nesterov: true, weightDecay: 1e-4 } as const;
const rate = 0.01;

/** Steps before the peak is read: the first allocates, the next ones may still grow. */
const memorySteps = 3;

interface Settings {
  readonly network: NetworkName;
  readonly batch: number;
  readonly threads: number;
  /** Weight of the feature-map term. */
  readonly features: number;
}

/** `plain`, or a number of choices per layer, keep included. */
type Kind = 'plain' | (typeof choiceCounts)[number];

interface Contestant {
  readonly step: (index: number) => Promise<void>;
  readonly dispose: () => Promise<void>;
}

async function contestant(kind: Kind, settings: Settings): Promise<Contestant> {
  const { network, batch, threads, features } = settings;
  const model = networks[network](1);
  const [input] = model.graph.inputs;
  const image = network === 'sample' ? [1, 28, 28] : [3, 32, 32];
  const data = sampleData(batch, image, input.name);
  const objective = crossEntropy();
  // One step in a run on both sides: a search draws its choices anew for every step.
  const options = { threads, stepsPerRun: 1 } as const;
  if (kind === 'plain') {
    const groups = [{ name: searchGroup.weights, parameters: trainableWeights(model), optimizer }];
    const session = await TrainingSession.create({ model, batch, objective, groups }, options);
    const feeds = { tensors: data, rates: { [searchGroup.weights]: rate } };
    return { step: async () => void (await session.step(feeds)), dispose: () => session.dispose() };
  }
  const layers = layersOf(model, await inferShapes(model, { [input.name]: [1, ...image] }));
  const dense = modelTotals(model, layers);
  const { space, sites } = await buildSpace(model, statusOf(model, layers), {
    dense,
    methodOf,
    step: 1,
    ranks: kind - 1,
  });
  const haloc = halocSettings({ featureWeight: features });
  const problems = [budgetProblem(space, { resource: 'macs', limit: dense.macs })];
  const logits = space.sites.map(({ choices }) => choices.map(() => 0));
  const supernet = makeSupernet(model, space, sites, { kind: 'gumbel', logits, hard: haloc.hard });
  const session = await createSearchSession({ model, objective, batch }, supernet, problems, haloc, options);
  const counts = logits.map((site) => site.length);
  return {
    step: async (index) => {
      const noise = gumbelNoise(1, index, counts);
      const steering = { temperature: 1, noise, prices: [1], damping: 1, hardness: 1, featureWeight: features };
      const turn = haloc.weightSteps + haloc.logitSteps;
      await session.step({
        tensors: { ...data, ...steeringInputs(haloc, steering) },
        rates: { [searchGroup.weights]: rate, [searchGroup.logits]: haloc.logitRate },
        idle: [index % turn < haloc.weightSteps ? searchGroup.logits : searchGroup.weights],
      });
    },
    dispose: () => session.dispose(),
  };
}

function sampleData(batch: number, image: readonly number[], input: string): Record<string, Tensor> {
  const random = Random.of('search cost');
  const images = float32([batch, ...image]);
  for (let i = 0; i < images.data.length; i++) images.data[i] = random.normal();
  const labels = Int32Array.from({ length: batch }, (_, i) => i % classes);
  return { [input]: images, [stepInput.labels]: { type: 'int32', dims: [batch], data: labels } };
}

interface Figures {
  readonly choices: number;
  /** Time of a search step over that of a plain step, in pairs of one round. */
  readonly time: Interval;
  readonly processorTime: number;
  readonly memory: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      network: { type: 'string', default: 'resnet20' },
      batch: { type: 'string', default: '128' },
      threads: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '9' },
      features: { type: 'string', default: '0' },
      memory: { type: 'string' },
    },
  });
  if (!(values.network in networks)) throw new RangeError(`Networks are: ${Object.keys(networks).join(', ')}.`);
  const settings: Settings = {
    network: values.network as NetworkName,
    batch: Number(values.batch),
    threads: Number(values.threads),
    features: Number(values.features),
  };
  if (values.memory !== undefined) return reportMemory(values.memory, settings);
  const say = (text: string): void => void (values.json || process.stdout.write(`${text}\n`));
  const kinds: Kind[] = ['plain', ...choiceCounts];
  const memory = kinds.map((kind) => peakMemory(kind, settings));
  say(`${settings.network}, batch ${settings.batch}, ${settings.threads} threads`);
  say(`plain training: peak memory ${memory[0].toFixed(0)} MB`);
  const rounds = await timed(kinds, settings, Number(values.rounds));
  const figures = choiceCounts.map((choices, i): Figures => ({
    choices,
    time: medianInterval(rounds.map((round) => round[i + 1].ms / round[0].ms)),
    processorTime: median(rounds.map((round) => round[i + 1].cpuMs / round[0].cpuMs)),
    memory: memory[i + 1] / memory[0],
  }));
  say(`plain training: ${median(rounds.map(([plain]) => plain.ms)).toFixed(0)} ms a step`);
  for (const { choices, time, processorTime, memory: share } of figures) {
    say(
      `${String(choices).padStart(2)} choices: time ${time.median.toFixed(2)} (${time.low.toFixed(2)} to ${time.high.toFixed(2)}), ` +
        `processor time ${processorTime.toFixed(2)}, peak memory ${share.toFixed(2)} of plain training`,
    );
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ ...settings, figures })}\n`);
}

interface Times {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Every kind one step in each round, each round beginning with another; the first round warms up. */
async function timed(kinds: readonly Kind[], settings: Settings, rounds: number): Promise<Times[][]> {
  const contestants = await Promise.all(kinds.map((kind) => contestant(kind, settings)));
  const result: Times[][] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      const times: Times[] = [];
      for (let i = 0; i < kinds.length; i++) {
        const at = (round + i) % kinds.length;
        const cpu = process.cpuUsage();
        const start = performance.now();
        await contestants[at].step(round);
        const ms = performance.now() - start;
        const { user, system } = process.cpuUsage(cpu);
        times[at] = { ms, cpuMs: (user + system) / 1000 };
      }
      if (round > 0) result.push(times);
    }
  } finally {
    for (const { dispose } of contestants) await dispose();
  }
  return result;
}

/** Peak memory in MB of a process that takes a few steps of one kind. */
function peakMemory(kind: Kind, { network, batch, threads, features }: Settings): number {
  const args = [__filename, '--memory', String(kind), '--network', network, '--batch', String(batch)];
  const child = spawnSync(process.execPath, [...args, '--threads', String(threads), '--features', String(features)], {
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(`The process for ${kind} failed: ${child.stderr}`);
  return Number(child.stdout);
}

async function reportMemory(kind: string, settings: Settings): Promise<void> {
  const { step, dispose } = await contestant(kind === 'plain' ? 'plain' : (Number(kind) as Kind), settings);
  for (let i = 0; i < memorySteps; i++) await step(i);
  await dispose();
  process.stdout.write(String(process.resourceUsage().maxRSS / 1024));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
