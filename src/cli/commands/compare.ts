import { Command } from 'commander';
import type { Provider } from '../../protocol/device';
import type { ModelComparison } from '../../protocol/times';
import { compareFiles } from '../../runs/compareFiles';
import { perform, type CommonOptions } from '../action';
import { deviceOption, shapeOption, threadsOption } from '../options';
import { ms, percent, print, printJson } from '../output';

interface Options extends CommonOptions {
  readonly device: Provider;
  readonly threads: number;
  readonly shape?: Record<string, number[]>;
}

export function compareCommand(): Command {
  return new Command('compare')
    .description('measure two models side by side: how many times faster the second is, and whether they agree')
    .argument('<a>', 'ONNX file')
    .argument('<b>', 'ONNX file')
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(shapeOption())
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  layerwise compare resnet20.onnx smaller.onnx --threads 1')
    .action(async (a: string, b: string, options: Options) =>
      perform(options, async (context) => {
        const { device: provider, threads, shape } = options;
        const result = await compareFiles(a, b, { provider, threads }, shape, context);
        if (options.json) return printJson(result);
        const { speedup } = result;
        print(`${a}: ${latency(result.a)}`);
        print(`${b}: ${latency(result.b)}`);
        print(
          `speed-up ${speedup.median.toFixed(2)}x (95 % interval ${speedup.low.toFixed(2)} to ${speedup.high.toFixed(2)})`,
        );
        print(
          result.agreementOn === 'class'
            ? `same class on ${percent(result.agreement)} of ${result.samples} random inputs`
            : `outputs differ by ${percent(result.difference)} (relative, ${result.samples} random inputs)`,
        );
        if (result.noisy) print('The machine is noisy: repeat when nothing else runs for a narrower interval.');
      }),
    );
}

function latency({ latency: { median, low, high } }: ModelComparison['a']): string {
  return `${ms(median)} ms (95 % interval ${ms(low)} to ${ms(high)})`;
}
