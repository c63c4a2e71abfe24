import { Command } from 'commander';
import { applyToFile } from '../../runs/applyToFile';
import { readPlan } from '../../search/plan';
import { perform, type CommonOptions } from '../action';
import { shapeOption } from '../options';
import { print, printJson, si } from '../output';

interface Options extends CommonOptions {
  readonly plan: string;
  readonly out: string;
  readonly shape?: Record<string, number[]>;
}

export function applyCommand(): Command {
  return new Command('apply')
    .description('rewrite a model by a plan, without training')
    .argument('<model>', 'ONNX file')
    .requiredOption('--plan <file>', 'plan, as a search or a person wrote it')
    .requiredOption('--out <file>', 'where the new model goes')
    .addOption(shapeOption())
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  layerwise apply resnet20.onnx --plan plan.json --out smaller.onnx')
    .action(async (path: string, options: Options) =>
      perform(options, async () => {
        const { before, after, applied } = await applyToFile(path, readPlan(options.plan), options.out, options.shape);
        if (options.json) {
          const layers = applied.map(({ layer, choice }) => ({ name: layer, choice }));
          return printJson({ model: options.out, before, after, layers });
        }
        print(
          `${options.out}: ${applied.length} layers rewritten, ${si(before.macs)} -> ${si(after.macs)} MACs, ` +
            `${si(before.params)} -> ${si(after.params)} parameters. Not trained: measure its accuracy before use.`,
        );
      }),
    );
}
