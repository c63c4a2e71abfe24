import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { resumeCompression } from '../../runs/compress';
import { RunError } from '../../runs/errors';
import { RunFolder } from '../../runs/runFolder';
import { defaultRunsFolder, listRuns } from '../../runs/runList';
import { perform, type CommonOptions } from '../action';
import { print, printJson, table } from '../output';
import { showCompression } from './compress';

interface ListOptions extends CommonOptions {
  readonly folder: string;
}

export function runsCommand(): Command {
  return new Command('runs')
    .description('list runs, show their reports, resume or delete them')
    .addHelpText('after', '\nExample:\n  layerwise runs resume .layerwise/runs/resnet20-1')
    .addCommand(listCommand(), { isDefault: true })
    .addCommand(showCommand())
    .addCommand(resumeCommand())
    .addCommand(deleteCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('runs in a folder, oldest first')
    .option('--folder <dir>', 'where the runs are', defaultRunsFolder)
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .action(async (options: ListOptions) =>
      perform(options, async () => {
        const runs = listRuns(options.folder);
        if (options.json) return printJson({ runs });
        if (runs.length === 0)
          return print(`No runs in ${options.folder}. Start one: layerwise compress model.onnx --latency 0.5x`);
        print(
          table(runs, [
            { title: 'run', value: ({ path }) => path },
            { title: 'started', value: ({ started }) => started.slice(0, 19).replace('T', ' ') },
            { title: 'state', value: ({ state }) => state },
            { title: 'result', value: ({ result }) => result },
          ]),
        );
      }),
    );
}

function showCommand(): Command {
  return new Command('show')
    .description('the report of a finished run')
    .argument('<run>', 'folder of the run')
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .action(async (path: string, options: CommonOptions) =>
      perform(options, async () => {
        const run = RunFolder.open(path);
        if (!run.has('report.json')) {
          throw new RunError(`The run ${path} is not finished.`, `Go on with it: layerwise runs resume ${path}`);
        }
        if (options.json) return printJson(run.read('report.json'));
        print(readFileSync(run.file('report.md'), 'utf8'));
      }),
    );
}

function resumeCommand(): Command {
  return new Command('resume')
    .description('go on with a run that was stopped or killed')
    .argument('<run>', 'folder of the run')
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .action(async (path: string, options: CommonOptions) =>
      perform(options, async (context) =>
        showCompression(await resumeCompression(RunFolder.open(path), context), options),
      ),
    );
}

function deleteCommand(): Command {
  return new Command('delete')
    .description('delete a run with its checkpoints, model and report')
    .argument('<run>', 'folder of the run')
    .option('--json', 'print one line of JSON')
    .option('--quiet', 'no progress')
    .action(async (path: string, options: CommonOptions) =>
      perform(options, async () => {
        const run = RunFolder.open(path);
        run.remove();
        if (options.json) printJson({ deleted: run.path });
        else print(`Deleted ${run.path}`);
      }),
    );
}
