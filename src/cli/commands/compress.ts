import { Command, Option } from 'commander';
import type { Provider } from '../../protocol/device';
import type { Resource } from '../../search/space';
import { parseHalocSettings } from '../../search/halocSettings';
import { startCompression, type CompressionResult } from '../../runs/compress';
import { compressionDefaults } from '../../runs/compressionRequest';
import { RunError } from '../../runs/errors';
import type { ModelFigures } from '../../protocol/figures';
import type { CompressionRequest } from '../../runs/newCompression';
import { searchKinds, type SearchKind } from '../../protocol/runs';
import { perform, type CommonOptions } from '../action';
import {
  cores,
  dataOption,
  deviceOption,
  nonNegativeInteger,
  nonNegativeNumber,
  normalizeOption,
  parseNormalize,
  pinOption,
  positiveInteger,
  positiveNumber,
  seedOption,
  shapeOption,
  threadsOption,
} from '../options';
import { bytes, ms, print, printJson, si } from '../output';

interface Options extends CommonOptions {
  readonly data?: string;
  readonly normalize?: string;
  readonly latency?: string;
  readonly macs?: string;
  readonly params?: string;
  readonly bytes?: string;
  readonly maxDrop?: number;
  readonly search: SearchKind;
  readonly exclude?: string[];
  readonly pin?: Record<string, number>;
  readonly device: Provider;
  readonly threads: number;
  readonly trainThreads: number;
  readonly shape?: Record<string, number[]>;
  readonly batch: number;
  readonly samples?: number;
  readonly searchEpochs: number;
  readonly haloc?: string[];
  readonly epochs: number;
  readonly rate?: number;
  readonly seed: number;
  readonly run?: string;
  readonly out?: string;
}

export function compressCommand(): Command {
  return new Command('compress')
    .description('make a model faster: measure, search the rank of every layer under a budget, fine-tune, prove')
    .argument('<model>', 'ONNX file')
    .optionsGroup('Budget (one of):')
    .option('--latency <budget>', 'time of one forward pass, such as 0.5x or 8ms')
    .option('--macs <budget>', 'multiply-accumulates, such as 0.28x or 12M')
    .option('--params <budget>', 'parameters, such as 0.3x or 1.5M')
    .option('--bytes <budget>', 'bytes of weights, such as 0.5x or 300kB')
    .optionsGroup('Task:')
    .addOption(dataOption())
    .addOption(normalizeOption())
    .addOption(
      new Option('--max-drop <points>', 'points of accuracy (or dB) that may be lost').argParser(nonNegativeNumber),
    )
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(shapeOption())
    .optionsGroup('Search and training:')
    .addOption(
      new Option('--search <kind>', 'how the plan is found').choices(searchKinds).default(compressionDefaults.search),
    )
    .option('--exclude <layers...>', 'layers that keep their form')
    .addOption(pinOption())
    .addOption(
      new Option('--search-epochs <n>', 'passes over the data while searching')
        .argParser(positiveInteger)
        .default(compressionDefaults.searchEpochs),
    )
    .option('--haloc <settings...>', 'settings of the search, such as featureWeight=0.5 (docs/haloc.md)')
    .addOption(
      new Option('--epochs <n>', 'passes over the data to fine-tune')
        .argParser(nonNegativeInteger)
        .default(compressionDefaults.epochs),
    )
    .addOption(
      new Option('--rate <r>', 'learning rate; one that suits the task when left out').argParser(positiveNumber),
    )
    .addOption(
      new Option('--batch <n>', 'samples in a training step')
        .argParser(positiveInteger)
        .default(compressionDefaults.batch),
    )
    .addOption(new Option('--samples <n>', 'train and judge on so many samples only').argParser(positiveInteger))
    .addOption(new Option('--train-threads <n>', 'threads for training').argParser(positiveInteger).default(cores))
    .addOption(seedOption())
    .optionsGroup('Results:')
    .option('--run <dir>', "the run's folder; a new one under .layerwise/runs when left out")
    .option('--out <file>', 'also put the model there')
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      '\nExample:\n  layerwise compress resnet20.onnx --data cifar10:cifar-10-batches-bin --latency 0.6x --max-drop 1.0',
    )
    .action(async (model: string, options: Options) =>
      perform(options, async (context) => {
        const { result } = await startCompression(requestOf(model, options), options.run, context);
        showCompression(result, options);
      }),
    );
}

function requestOf(model: string, options: Options): CompressionRequest {
  const { latency, macs, params, bytes: size, device: provider, threads } = options;
  const budgets = Object.entries({ latency, macs, params, bytes: size }).filter(([, text]) => text !== undefined);
  if (budgets.length !== 1) {
    throw new RunError(
      budgets.length === 0 ? 'There is no budget.' : 'There are several budgets.',
      'Give one of --latency 0.5x, --macs 0.28x, --params 0.3x or --bytes 300kB.',
    );
  }
  const [[resource, text]] = budgets;
  return {
    model,
    out: options.out,
    data: options.data,
    preprocessing: parseNormalize(options.normalize),
    inputDims: options.shape ?? {},
    budget: { resource: resource as Resource, text: text ?? '' },
    maxDrop: options.maxDrop,
    search: options.search,
    exclude: options.exclude ?? [],
    pinned: options.pin ?? {},
    device: { provider, threads },
    trainThreads: options.trainThreads,
    batch: options.batch,
    samples: options.samples,
    searchEpochs: options.searchEpochs,
    ...(options.haloc && { haloc: parseHalocSettings(options.haloc) }),
    epochs: options.epochs,
    rate: options.rate,
    seed: options.seed,
  };
}

/** What a finished compression prints. */
export function showCompression(result: CompressionResult, { json }: CommonOptions): void {
  if (json) return printJson(result);
  const { before, after, speedup, metricName } = result;
  const unit = metricName === 'accuracy' ? ' %' : ' dB';
  const metric = ({ metric: value }: ModelFigures): string =>
    value === undefined ? 'not verified' : `${value.toFixed(2)}${unit}`;
  const latency = (figures: ModelFigures): string =>
    `${ms(figures.latency.median)} ms (${ms(figures.latency.low)} to ${ms(figures.latency.high)})`;
  print(`\n${result.verdict === 'accepted' ? 'Accepted' : 'Fell back'}: ${result.why}`);
  print(
    `  speed-up    ${speedup.median.toFixed(2)}x (95 % interval ${speedup.low.toFixed(2)} to ${speedup.high.toFixed(2)}), measured in pairs`,
  );
  print(`  latency     ${latency(before)} -> ${latency(after)}`);
  print(`  MACs        ${si(before.macs)} -> ${si(after.macs)}`);
  print(`  parameters  ${before.params.toLocaleString('en')} -> ${after.params.toLocaleString('en')}`);
  print(`  file        ${bytes(before.bytes)} -> ${bytes(after.bytes)}`);
  print(`  ${(metricName ?? 'accuracy').padEnd(10)}  ${metric(before)} -> ${metric(after)}`);
  print(`  model       ${result.model}`);
  print(`  plan        ${result.plan}`);
  print(`  report      ${result.report.replace(/json$/, 'md')}`);
}
