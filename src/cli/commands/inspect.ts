import { Command } from 'commander';
import { inspectModel } from '../../runs/inspect';
import { perform, type CommonOptions } from '../action';
import { shapeOption } from '../options';
import { bytes, print, printJson, si, table } from '../output';

interface Options extends CommonOptions {
  readonly shape?: Record<string, number[]>;
}

export function inspectCommand(): Command {
  return new Command('inspect')
    .description('list the layers of a model: what each costs and whether it can be compressed')
    .argument('<model>', 'ONNX file')
    .addOption(shapeOption())
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  layerwise inspect resnet20.onnx')
    .action(async (path: string, options: Options) =>
      perform(options, async () => {
        const summary = await inspectModel(path, options.shape);
        if (options.json) return printJson(summary);
        const { totals, layers, openSizes, trainingObstacle } = summary;
        print(
          table(layers, [
            { title: 'layer', value: ({ name }) => name },
            { title: 'op', value: ({ op }) => op },
            { title: 'MACs', value: ({ macs }) => si(macs), right: true },
            { title: 'parameters', value: ({ params }) => si(params), right: true },
            { title: 'status', value: ({ status }) => status },
            { title: 'reason', value: ({ reason }) => reason },
          ]),
        );
        print(
          `\n${layers.length} layers, ${si(totals.macs)} MACs, ${totals.params.toLocaleString('en')} parameters, ${bytes(totals.bytes)}`,
        );
        if (trainingObstacle !== undefined)
          print(`Compressed from its weights alone, not trained: ${trainingObstacle}`);
        if (openSizes.length > 0) {
          print(
            'Sizes known only at run time were counted as 1: give them with --shape, such as --shape input=1x224x224x3.',
          );
        }
      }),
    );
}
