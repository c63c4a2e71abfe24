import { Command } from 'commander';
import { compareModels } from '../../hardware/compareModels';
import type { Measurement } from '../../hardware/harness';
import type { Provider } from '../../protocol/device';
import { agreementOf, randomFeeds } from '../../runs/agreement';
import { measuringProgress } from '../../runs/progress';
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
        const agreement = await agreementOf(a, b, randomFeeds(a, shape), context.signal);
        const comparison = await compareModels(
          { modelPath: a, inputDims: shape },
          { modelPath: b, inputDims: shape },
          { provider, threads, signal: context.signal, onProgress: measuringProgress(context, 'comparing') },
        );
        const { speedup } = comparison;
        if (options.json) {
          return printJson({
            speedup: { median: speedup.median, low: speedup.low, high: speedup.high },
            a: side(a, comparison.a),
            b: side(b, comparison.b),
            ...agreement,
            noisy: comparison.noisy,
            device: { provider, threads },
          });
        }
        print(`${a}: ${latency(comparison.a)}`);
        print(`${b}: ${latency(comparison.b)}`);
        print(
          `speed-up ${speedup.median.toFixed(2)}x (95 % interval ${speedup.low.toFixed(2)} to ${speedup.high.toFixed(2)})`,
        );
        print(
          agreement.agreementOn === 'class'
            ? `same class on ${percent(agreement.agreement)} of ${agreement.samples} random inputs`
            : `outputs differ by ${percent(agreement.difference)} (relative, ${agreement.samples} random inputs)`,
        );
        if (comparison.noisy) print('The machine is noisy: repeat when nothing else runs for a narrower interval.');
      }),
    );
}

function side(path: string, { medianMs, lowMs, highMs }: Measurement): Record<string, unknown> {
  return { path, latencyMs: medianMs, latency: { median: medianMs, low: lowMs, high: highMs } };
}

function latency({ medianMs, lowMs, highMs }: Measurement): string {
  return `${ms(medianMs)} ms (95 % interval ${ms(lowMs)} to ${ms(highMs)})`;
}
