import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { version } from '../../package.json';
import { serveEngine } from './engine';

/** The engine process: answers the protocol over the channel of the process that forked it, and ends with it. */
const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
connection.onClose(() => process.exit(0));
process.on('disconnect', () => process.exit(0));
serveEngine(connection, version);
