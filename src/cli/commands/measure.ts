import { Command } from 'commander';
import type { Provider } from '../../protocol/device';
import { measureModel } from '../../runs/measureModel';
import { perform, type CommonOptions } from '../action';
import { deviceOption, shapeOption, threadsOption } from '../options';
import { ms, percent, print, printJson, si, table } from '../output';

interface Options extends CommonOptions {
  readonly device: Provider;
  readonly threads: number;
  readonly shape?: Record<string, number[]>;
  readonly again?: boolean;
}

export function measureCommand(): Command {
  return new Command('measure')
    .description('what a model and each of its layers take on this machine')
    .argument('<model>', 'ONNX file')
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(shapeOption())
    .option('--again', 'measure layers that the latency table knows already')
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  layerwise measure resnet20.onnx --threads 2')
    .action(async (path: string, options: Options) =>
      perform(options, async (context) => {
        const { device: provider, threads, shape = {}, again } = options;
        const times = await measureModel(path, { provider, threads }, shape, context, again);
        if (options.json) return printJson(times);
        print(
          table(times.layers, [
            { title: 'layer', value: ({ name }) => name },
            { title: 'op', value: ({ op }) => op },
            { title: 'MACs', value: ({ macs }) => si(macs), right: true },
            { title: 'ms', value: (layer) => ms(layer.ms), right: true },
            { title: '95 % interval', value: ({ low, high }) => `${ms(low)} to ${ms(high)}`, right: true },
            { title: 'share', value: ({ share }) => percent(share), right: true },
          ]),
        );
        const { latency, table: check } = times;
        print(
          `\nWhole model, batch 1, ${provider}, ${threads} thread${threads === 1 ? '' : 's'}: ${ms(latency.median)} ms (95 % interval ${ms(latency.low)} to ${ms(latency.high)})`,
        );
        print(`Sum of the layers, each measured alone: ${ms(check.sumMs)} ms, ${check.ratio.toFixed(2)} of the whole.`);
        if (times.noisy) print('The machine is noisy: repeat when nothing else runs.');
      }),
    );
}
