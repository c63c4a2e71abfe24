import { Command } from 'commander';
import { evaluateBaseline, openModelAndData, splitOf } from '../../runs/taskData';
import { perform, type CommonOptions } from '../action';
import { cores, normalizeOption, parseNormalize, requiredDataOption } from '../options';
import { print, printJson } from '../output';

interface Options extends CommonOptions {
  readonly data: string;
  readonly split: string;
  readonly normalize?: string;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('how well a model does on a data set: accuracy, or PSNR for models that enlarge images')
    .argument('<model>', 'ONNX file')
    .addOption(requiredDataOption())
    .addOption(normalizeOption())
    .option('--split <name>', 'train, validation or test', 'validation')
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  layerwise evaluate resnet20.onnx --data cifar10:cifar-10-batches-bin')
    .action(async (path: string, options: Options) =>
      perform(options, async (context) => {
        const { data } = await openModelAndData(path, options.data);
        try {
          const split = splitOf(data.dataset, options.split);
          const given = parseNormalize(options.normalize);
          const result = await evaluateBaseline(path, data, split, given, { threads: cores }, context);
          const { metric, value, samples, preprocessing } = result;
          if (options.json) return printJson({ metric, value, samples, split: options.split, preprocessing });
          const text = metric === 'accuracy' ? `${value.toFixed(2)} %` : `${value.toFixed(2)} dB`;
          print(`${metric} ${text} on ${samples} samples (${options.split} split of ${data.dataset.name})`);
        } finally {
          data.dataset.close();
        }
      }),
    );
}
