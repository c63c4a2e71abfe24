#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../../package.json';
import { applyCommand } from './commands/apply';
import { compareCommand } from './commands/compare';
import { compressCommand } from './commands/compress';
import { demoCommand } from './commands/demo';
import { evaluateCommand } from './commands/evaluate';
import { inspectCommand } from './commands/inspect';
import { mcpCommand } from './commands/mcp';
import { measureCommand } from './commands/measure';
import { planToTorchCommand } from './commands/planToTorch';
import { rewriteCommand } from './commands/rewrite';
import { runsCommand } from './commands/runs';
import { serveCommand } from './commands/serve';
import { sourceCommand } from './commands/source';
import { trainCommand } from './commands/train';
import { exitCode } from './failure';

const program = new Command('layerwise')
  .description('Make a neural network measurably faster on the machine it will run on, layer by layer.')
  .version(version)
  .showHelpAfterError('(add --help for the options and an example)')
  .addHelpText(
    'after',
    `
Exit codes: ${exitCode.ok} done, ${exitCode.failed} failed, ${exitCode.badInput} the request can't be done as given, ${exitCode.cancelled} cancelled.

Start here:
  layerwise demo
  layerwise inspect model.onnx
  layerwise compress model.onnx --data images:photos --latency 0.5x`,
  );
for (const command of [
  inspectCommand(),
  sourceCommand(),
  measureCommand(),
  compressCommand(),
  applyCommand(),
  trainCommand(),
  evaluateCommand(),
  compareCommand(),
  rewriteCommand(),
  planToTorchCommand(),
  runsCommand(),
  demoCommand(),
  serveCommand(),
  mcpCommand(),
]) {
  program.addCommand(command.exitOverride());
}
program.exitOverride();

// Whoever reads the output has seen enough, as `| head` has: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCode.ok);
});

program.parseAsync().catch((error: unknown) => {
  const code = (error as { exitCode?: number }).exitCode ?? exitCode.failed;
  process.exitCode = code === 0 ? exitCode.ok : exitCode.badInput;
});
