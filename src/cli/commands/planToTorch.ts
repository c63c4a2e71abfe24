import { Command } from 'commander';
import { planAsTorchModule, writeText } from '../../runs/rewriteSource';
import { perform, type CommonOptions } from '../action';
import { print, printJson } from '../output';

interface Options extends CommonOptions {
  readonly model?: string;
  readonly out?: string;
}

export function planToTorchCommand(): Command {
  return new Command('plan-to-torch')
    .description('print a plan as a Python module that applies it to any live PyTorch model')
    .argument('<plan>', 'plan, as a search or a person wrote it')
    .option('--model <file>', "the plan's ONNX model, where the names in the plan do not tell the modules")
    .option('--out <file>', 'write the module here instead')
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Example:
  layerwise plan-to-torch plan.json --out low_rank.py
  (in the training script)  from low_rank import apply_plan; model = apply_plan(model)`,
    )
    .action(async (plan: string, options: Options) =>
      perform(options, async () => {
        const { code, layers } = planAsTorchModule(plan, options.model);
        if (options.out !== undefined) writeText(options.out, code);
        if (options.json) return printJson({ layers, out: options.out, code });
        if (options.out === undefined) process.stdout.write(code);
        else print(`${options.out}: ${layers.length} layers.`);
        return undefined;
      }),
    );
}
