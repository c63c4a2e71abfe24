import { Command } from 'commander';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { version } from '../../../package.json';
import { serveEngine } from '../../engine/engine';

export function serveCommand(): Command {
  return new Command('serve')
    .description(
      'answer the protocol of the editor (JSON-RPC; src/protocol/messages.ts), for other editors and programs',
    )
    .requiredOption('--stdio', 'on standard input and output')
    .addHelpText('after', '\nExample:\n  layerwise serve --stdio')
    .action(
      () =>
        new Promise<void>((resolve) => {
          const connection = createMessageConnection(
            new StreamMessageReader(process.stdin),
            new StreamMessageWriter(process.stdout),
          );
          connection.onClose(() => resolve());
          serveEngine(connection, version);
        }),
    );
}
