import { Command } from 'commander';
import { mediaFile } from '../../data/mediaFolder';
import { startCompression } from '../../runs/compress';
import type { RunContext } from '../../runs/progress';
import type { Report } from '../../protocol/report';
import { InfeasibleBudgetError } from '../../search/errors';
import { perform, type CommonOptions } from '../action';
import { layerTable, staircaseChart } from '../demoTables';
import { cores, seedOption } from '../options';
import { print } from '../output';
import { showCompression } from './compress';
import type { Latencies } from '../../runs/spaceStage';

interface Options extends CommonOptions {
  readonly seed: number;
  readonly run?: string;
}

/** Chosen on the sample: the ranks that its layers can bear, with room in the accuracy that may be lost. */
const demoBudget = '0.36x';

/** Room above the least that is reachable, where the sample's budget is not: its smallest plan would lose too much. */
const reachableRoom = 1.04;

/** Each try measures anew, and on a noisy machine what is reachable moves. */
const tries = 3;

export function demoCommand(): Command {
  return new Command('demo')
    .description('compress the sample classifier that ships with Layerwise; a few minutes')
    .addOption(seedOption())
    .option('--run <dir>', "the run's folder; a new one under .layerwise/runs when left out")
    .option('--json', 'print one line of JSON at the end')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  layerwise demo')
    .action(async (options: Options) =>
      perform(options, async (context) => {
        const { run, result } = await compressSample(options, context);
        if (!options.json) {
          const report = run.read<Report>('report.json');
          const latencies = run.read<Latencies>('latencies.json');
          if (latencies?.staircase) print(`\n${staircaseChart(latencies.staircase)}`);
          if (report) print(`\n${layerTable(report.layers)}`);
        }
        showCompression(result, options);
      }),
    );
}

/** Compresses the sample to the demo's budget, or to what is reachable on a device where layers are a smaller part of the time. */
async function compressSample(
  { seed, run }: Options,
  context: RunContext,
): Promise<Awaited<ReturnType<typeof startCompression>>> {
  let budget: string = demoBudget;
  for (let attempt = 1; ; attempt++) {
    try {
      return await startCompression(
        {
          model: mediaFile('sample.onnx'),
          data: 'fashion-mnist',
          inputDims: {},
          budget: { resource: 'latency', text: budget },
          maxDrop: 1,
          search: 'haloc',
          exclude: [],
          pinned: {},
          device: { provider: 'cpu', threads: 1 },
          trainThreads: cores,
          batch: 128,
          searchEpochs: 2,
          epochs: 9,
          rate: 0.02,
          seed,
        },
        run,
        context,
      );
    } catch (error) {
      if (!InfeasibleBudgetError.is(error) || attempt === tries) throw error;
      budget = `${(error.least * reachableRoom).toFixed(4)}ms`;
      context.note(`${error.message} The demo goes on with ${budget}.`);
    }
  }
}
