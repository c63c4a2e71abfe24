import { relative } from 'node:path';
import { Command } from 'commander';
import { RunError } from '../../runs/errors';
import { rewriteSource, writeFactoredWeights, writeText } from '../../runs/rewriteSource';
import { applyEdits } from '../../source/rewrite/textEdit';
import { unifiedDiff } from '../../source/rewrite/unifiedDiff';
import { perform, type CommonOptions } from '../action';
import { environmentOption, packagesOption, type EnvironmentOptions } from '../environmentOptions';
import { print, printJson } from '../output';

interface Options extends CommonOptions, EnvironmentOptions {
  readonly plan: string;
  readonly entry?: string;
  readonly model?: string;
  readonly checkpoint?: string;
  readonly outWeights?: string;
  readonly out?: string;
  readonly diff?: boolean;
}

export function rewriteCommand(): Command {
  return new Command('rewrite')
    .description("rewrite a model's Python code by a plan, and its weights to match")
    .argument('<file>', 'Python file with the model')
    .requiredOption('--plan <file>', 'plan, as a search or a person wrote it')
    .option('--entry <name>', 'class, function or variable that makes the model, where the plan fits several')
    .option('--model <file>', "the plan's ONNX model: its weights tell names, and folded BatchNorms are respected")
    .option('--checkpoint <file>', 'weights of the model: .safetensors, .pt, .pth, .h5; nothing in it is executed')
    .option('--out-weights <file>', 'where the weights of the rewritten model go, as .safetensors')
    .option('--out <file>', 'where the new code goes')
    .addOption(environmentOption())
    .addOption(packagesOption())
    .option('--diff', 'print the change as a unified diff (what happens without --out)')
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  layerwise rewrite resnet.py --plan plan.json --entry resnet18 --diff | git apply
  layerwise rewrite net.py --plan plan.json --out net_small.py --checkpoint net.pt --out-weights net_small.safetensors`,
    )
    .action(async (file: string, options: Options) =>
      perform(options, async () => {
        const { checkpoint, outWeights, out } = options;
        if ((checkpoint === undefined) !== (outWeights === undefined))
          throw new RunError('--checkpoint and --out-weights belong together.', 'Give both, or neither.');
        const result = rewriteSource({ file, ...options });
        const tensors =
          checkpoint !== undefined && outWeights !== undefined
            ? await writeFactoredWeights(result, checkpoint, outWeights)
            : undefined;
        if (out !== undefined) writeText(out, applyEdits(result.text, result.edits));
        const { entry, form, layers, edits, title } = result;
        if (options.json) {
          const weights = tensors === undefined ? undefined : { path: outWeights, tensors };
          return printJson({ file, entry, form, layers, edits, out, weights });
        }
        if (out === undefined || options.diff)
          process.stdout.write(unifiedDiff(result.text, edits, `a/${here(file)}`, `b/${here(out ?? file)}`));
        if (out !== undefined) print(`${out}: ${title}.`);
        if (tensors !== undefined && out !== undefined)
          print(`${outWeights}: ${tensors} tensors that fit it. Not trained.`);
      }),
    );
}

/** A path as `git apply` wants it: from the current folder, with slashes. */
function here(path: string): string {
  return relative(process.cwd(), path).replaceAll('\\', '/');
}
