import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { openDataset } from '../../data/openDataset';
import { RunFolder } from '../../runs/runFolder';
import { defaultRunsFolder } from '../../runs/runList';
import {
  assertNotSource,
  networkOrPath,
  trainModel,
  type TrainResult,
  type TrainSettings,
} from '../../runs/trainModel';
import { networks } from '../../training/networks/named';
import { perform, type CommonOptions } from '../action';
import {
  cores,
  nonNegativeNumber,
  normalizeOption,
  parseNormalize,
  positiveInteger,
  positiveNumber,
  requiredDataOption,
  seedOption,
} from '../options';
import { print, printJson } from '../output';

interface Options extends CommonOptions {
  readonly data: string;
  readonly normalize?: string;
  readonly out: string;
  readonly run?: string;
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly weightDecay: number;
  readonly warmUp: number;
  readonly trainThreads: number;
  readonly seed: number;
}

export function trainCommand(): Command {
  return new Command('train')
    .description('train a network from scratch, or a model on')
    .argument('<network>', `${Object.keys(networks).join(', ')}, or an ONNX file`)
    .addOption(requiredDataOption())
    .addOption(normalizeOption())
    .requiredOption('--out <file>', 'where the trained model goes')
    .option('--run <dir>', "the run's folder; a training that stopped there goes on")
    .addOption(new Option('--epochs <n>', 'passes over the data').argParser(positiveInteger).default(20))
    .addOption(new Option('--batch <n>', 'samples in a step').argParser(positiveInteger).default(128))
    .addOption(
      new Option('--rate <r>', 'learning rate, falling to 0 by a cosine').argParser(positiveNumber).default(0.1),
    )
    .addOption(new Option('--weight-decay <d>', 'weight decay').argParser(nonNegativeNumber).default(5e-4))
    .addOption(
      new Option('--warm-up <epochs>', 'epochs in which the rate rises').argParser(nonNegativeNumber).default(1),
    )
    .addOption(new Option('--train-threads <n>', 'threads').argParser(positiveInteger).default(cores))
    .addOption(seedOption())
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  layerwise train sample --data fashion-mnist --epochs 15 --out sample.onnx')
    .action(async (network: string, options: Options) =>
      perform(options, async (context) => {
        const run = runFor(network, options);
        context.note(`Run: ${run.path}`);
        show(await trainModel(run, context), options);
      }),
    );
}

function runFor(network: string, options: Options): RunFolder {
  const folder = options.run ?? `${defaultRunsFolder}/train-${network.replace(/\W+/g, '-')}-${Date.now()}`;
  assertNotSource(network, options.out);
  openDataset(options.data).close();
  const settings: TrainSettings = {
    version: 1,
    kind: 'train',
    model: networkOrPath(network),
    out: resolve(options.out),
    data: options.data,
    preprocessing: parseNormalize(options.normalize),
    epochs: options.epochs,
    batch: options.batch,
    rate: options.rate,
    weightDecay: options.weightDecay,
    warmUpEpochs: options.warmUp,
    threads: options.trainThreads,
    seed: options.seed,
  };
  return RunFolder.createOrContinue(folder, settings);
}

function show(result: TrainResult, { json }: CommonOptions): void {
  if (json) return printJson(result);
  const value = result.metric === 'accuracy' ? `${result.value.toFixed(2)} %` : `${result.value.toFixed(2)} dB`;
  print(
    `${result.model}: ${result.metric} ${value} on ${result.samples} validation samples after ${result.epochs} epochs`,
  );
  if (result.samplesPerSecond) print(`${Math.round(result.samplesPerSecond)} samples per second`);
}
