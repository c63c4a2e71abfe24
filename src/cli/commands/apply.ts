import { Command } from 'commander';
import { modelTotals } from '../../onnx/layers';
import { readModel } from '../../onnx/read';
import { writeModel } from '../../onnx/write';
import { applyPlan, layersAndStatuses } from '../../runs/applyPlan';
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
        const model = readModel(path);
        const before = await layersAndStatuses(model, options.shape ?? {});
        const { model: result, applied } = await applyPlan(model, before.statuses, readPlan(options.plan));
        const after = await layersAndStatuses(result, options.shape ?? {});
        writeModel(result, options.out);
        const totals = { before: modelTotals(model, before.layers), after: modelTotals(result, after.layers) };
        if (options.json) {
          const layers = applied.map(({ layer, choice }) => ({ name: layer, choice }));
          return printJson({ model: options.out, ...totals, layers });
        }
        print(
          `${options.out}: ${applied.length} layers rewritten, ${si(totals.before.macs)} -> ${si(totals.after.macs)} MACs, ` +
            `${si(totals.before.params)} -> ${si(totals.after.params)} parameters. Not trained: measure its accuracy before use.`,
        );
      }),
    );
}
