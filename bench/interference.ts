/**
 * Interference between the choices of a layer, with and without the feature-map term, from the knapsack's plan and from equal
 * logits: a small network, three seeds, the search and a short fine-tuning for each; the spread of the chosen ranks over the
 * seeds, and the accuracy.
 *
 *     npm run -s bench:interference -- [--work DIR] [--seeds 1,2,3] [--samples N] [--epochs 4] [--threads 2]
 *
 * Resumable: every seed and setting is a run folder. Writes bench/results/interference.json and .md.
 */
import * as fs from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { reportFailure } from '../src/cli/failure';
import { ProgressDisplay } from '../src/cli/progress';
import { namedPreprocessing } from '../src/data/preprocessing';
import { writeFileAtomic } from '../src/onnx/atomicFile';
import { readModel } from '../src/onnx/read';
import { writeModel } from '../src/onnx/write';
import type { RunContext } from '../src/runs/progress';
import { RunFolder } from '../src/runs/runFolder';
import { trainModel, type TrainSettings } from '../src/runs/trainModel';
import { halocSettings, type HalocSettings } from '../src/search/halocSettings';
import { choiceOf, readPlan } from '../src/search/plan';
import { plainCnn } from '../src/training/networks/plainCnn';
import { judgedOf, workOn } from './haloc/row';
import type { BenchMethod, BenchNetwork, Row } from './haloc/rows';
import { rowFolder, type BenchOptions } from './haloc/workspace';

const root = join(__dirname, '..');
const shared = process.env.LAYERWISE_DATA ?? join(root, '..', 'shared');

/** What is compared: the start of the logits, with the feature-map term left out and with its default weight. */
type Case = Pick<HalocSettings, 'start' | 'featureWeight'>;
const cases = (['knapsack', 'equal'] as const).flatMap((start) =>
  [0, halocSettings().featureWeight].map((featureWeight): Case => ({ start, featureWeight })),
);
const budget = '0.35x';

const networkName = 'small';
const network = (searchEpochs: number, epochs: number): BenchNetwork => ({
  name: networkName,
  file: `${networkName}.onnx`,
  classifier: '/classifier/Gemm',
  normalisation: 'cifar10',
  searchEpochs,
  epochs,
  rate: 0.01,
  targets: [{ resource: 'macs', budget }],
});

/** Five convolutions, 6 million multiplications. */
const stages = [
  { width: 16, depth: 1 },
  { width: 32, depth: 2, halved: true },
  { width: 48, depth: 2, halved: true },
];

interface Trial extends Case {
  readonly seed: number;
  readonly accuracy: number;
  /** Rank of each layer as a share of its width; 1 when it is kept. */
  readonly shares: Readonly<Record<string, number>>;
}

interface Summary extends Case {
  /** Mean over layers of the standard deviation over seeds of rank / width. */
  readonly rankSpread: number;
  readonly meanAccuracy: number;
  readonly accuracySpread: number;
}

async function main(context: RunContext): Promise<void> {
  const { values } = parseArgs({
    options: {
      work: { type: 'string', default: join(root, 'build', 'interference') },
      data: { type: 'string', default: `cifar10:${join(shared, 'data', 'cifar10')}?train=1-3&validation=4` },
      results: { type: 'string', default: join(root, 'bench', 'results', 'interference') },
      seeds: { type: 'string', default: '1,2,3' },
      samples: { type: 'string' },
      epochs: { type: 'string', default: '4' },
      'search-epochs': { type: 'string', default: '3' },
      'train-epochs': { type: 'string', default: '12' },
      threads: { type: 'string', default: '2' },
    },
  });
  const work = resolve(values.work);
  const trainEpochs = Number(values['train-epochs']);
  await trainDense(work, values.data, trainEpochs, Number(values.threads), context);
  const chosen = network(Number(values['search-epochs']), Number(values.epochs));
  const trials: Trial[] = [];
  for (const seed of values.seeds.split(',').map(Number)) {
    const options: BenchOptions = {
      work: join(work, `seed-${seed}`),
      models: work,
      data: values.data,
      seed,
      batch: 128,
      threads: Number(values.threads),
      ...(values.samples !== undefined && { samples: Number(values.samples) }),
      haloc: {},
    };
    for (const each of cases) {
      const row = rowOf(chosen, each);
      context.note(`seed ${seed}, ${each.start} logits, feature-map term ${each.featureWeight}`);
      await workOn(options, row, 'search', context);
      await workOn(options, row, 'finetune', context);
      trials.push(trialOf(options, row, each));
    }
  }
  const summaries = cases.map((each) => summaryOf(each, trials));
  const about = {
    network: 'five 3x3 convolutions, 16-32-48 channels',
    budget: `macs ${budget}`,
    trainEpochs,
    searchEpochs: chosen.searchEpochs,
    epochs: chosen.epochs,
    samples: values.samples === undefined ? 'all' : Number(values.samples),
  };
  write(resolve(values.results), { about, summaries, trials });
}

/** Trains the small network from scratch, unless that has been done. */
async function trainDense(
  work: string,
  data: string,
  epochs: number,
  threads: number,
  context: RunContext,
): Promise<void> {
  const out = join(work, `${networkName}.onnx`);
  if (fs.existsSync(out)) return;
  fs.mkdirSync(work, { recursive: true });
  const fresh = join(work, 'fresh.onnx');
  if (!fs.existsSync(fresh)) {
    writeModel(plainCnn({ stages, classes: 10, inputChannels: 3, imageSize: 32, seed: 1 }), fresh);
  }
  const settings: TrainSettings = {
    version: 1,
    kind: 'train',
    model: fresh,
    out,
    data,
    preprocessing: namedPreprocessing('cifar10'),
    epochs,
    batch: 128,
    rate: 0.1,
    weightDecay: 5e-4,
    warmUpEpochs: 1,
    threads,
    seed: 1,
  };
  const { value } = await trainModel(RunFolder.createOrContinue(join(work, 'dense'), settings), context);
  context.note(`The small network: ${value.toFixed(2)} % on the validation samples.`);
}

function rowOf(chosen: BenchNetwork, haloc: Case): Row {
  const methodName = `${haloc.start}-features-${haloc.featureWeight}`;
  const method: BenchMethod = { name: methodName, resource: 'macs', search: 'haloc', haloc };
  const [target] = chosen.targets;
  return { id: methodName, network: chosen, method, target, methodName, tuned: true };
}

function trialOf(options: BenchOptions, row: Row, each: Case): Trial {
  const judged = judgedOf(options, row);
  if (!judged) throw new Error(`${row.id} was stopped before its end.`);
  const plan = readPlan(join(rowFolder(options, row), 'plan.json'));
  const widths = layerWidths(join(options.models, row.network.file));
  const shares = Object.keys(plan.sites).map((layer): [string, number] => {
    const choice = choiceOf(plan, layer);
    return [layer, choice.kind === 'rank' ? choice.rank / (widths.get(layer) ?? NaN) : 1];
  });
  return { ...each, seed: options.seed, accuracy: judged.accuracy, shares: Object.fromEntries(shares) };
}

/** The smaller of the output and input channels of each layer. */
function layerWidths(path: string): Map<string, number> {
  const { graph } = readModel(path);
  return new Map(
    graph.nodes.flatMap((node): [string, number][] => {
      const dims = graph.weights.get(node.input[1] ?? '')?.dims;
      return dims && dims.length >= 2 ? [[node.name, Math.min(dims[0], dims[1])]] : [];
    }),
  );
}

function summaryOf(each: Case, trials: readonly Trial[]): Summary {
  const own = trials.filter((trial) => trial.start === each.start && trial.featureWeight === each.featureWeight);
  const spreads = Object.keys(own[0].shares).map((layer) => deviation(own.map(({ shares }) => shares[layer])));
  const accuracies = own.map(({ accuracy }) => accuracy);
  return {
    ...each,
    rankSpread: mean(spreads),
    meanAccuracy: mean(accuracies),
    accuracySpread: deviation(accuracies),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation of a sample; 0 for a single value. */
function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

interface Results {
  readonly about: Readonly<Record<string, unknown>>;
  readonly summaries: readonly Summary[];
  readonly trials: readonly Trial[];
}

function write(path: string, results: Results): void {
  fs.mkdirSync(dirname(path), { recursive: true });
  writeFileAtomic(`${path}.json`, `${JSON.stringify(results, null, 2)}\n`);
  const { summaries, trials, about } = results;
  const seeds = [...new Set(trials.map(({ seed }) => seed))];
  const page = [
    '# The feature-map term and interference',
    '',
    `Made by \`npm run -s bench:interference\`: ${Object.entries(about)
      .map(([name, value]) => `${name} ${String(value)}`)
      .join('; ')}. Seeds ${seeds.join(', ')}.`,
    '',
    '| start of the logits | weight of the term | spread of rank / width over seeds | accuracy %, mean | accuracy, spread |',
    '|---|---:|---:|---:|---:|',
    ...summaries.map(
      ({ start, featureWeight, rankSpread, meanAccuracy, accuracySpread }) =>
        `| ${start} | ${featureWeight} | ${rankSpread.toFixed(3)} | ${meanAccuracy.toFixed(2)} | ${accuracySpread.toFixed(2)} |`,
    ),
    '',
  ];
  writeFileAtomic(`${path}.md`, page.join('\n'));
  process.stdout.write(`${page.slice(4).join('\n')}`);
}

const display = new ProgressDisplay(false);
const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
main({ signal: controller.signal, progress: display.report, note: display.note })
  .catch((error: unknown) => {
    process.exitCode = reportFailure(error, false);
  })
  .finally(() => display.done());
