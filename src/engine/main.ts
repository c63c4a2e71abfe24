import { createMessageConnection, IPCMessageReader, IPCMessageWriter, ResponseError } from 'vscode-jsonrpc/node';
import { version } from '../../package.json';
import { inspectRequest, readyNotification, type FailureData } from '../protocol/messages';
import { inspectModel } from '../runs/inspect';

/** The engine process: answers the protocol over the channel of the process that forked it, and ends with it. */
const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
connection.onRequest(inspectRequest, async ({ path }) => {
  try {
    return await inspectModel(path);
  } catch (error) {
    throw toResponseError(error);
  }
});
connection.onClose(() => process.exit(0));
connection.listen();
void connection.sendNotification(readyNotification, { version });

/** JSON-RPC keeps codes from -32099 to -32000 for servers; this one says "the request can't be done, here is why". */
const failedCode = -32001;

function toResponseError(error: unknown): ResponseError<FailureData> {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Error && 'hint' in error ? String(error.hint) : undefined;
  return new ResponseError(failedCode, message, { hint });
}
