import { createMessageConnection, IPCMessageReader, IPCMessageWriter, ResponseError } from 'vscode-jsonrpc/node';
import { inspectRequest, measureRequest, progressType, readyNotification } from '../../src/protocol/messages';
import type { ModelSummary } from '../../src/protocol/model';
import type { ModelTimes } from '../../src/protocol/times';

/** An engine that does what the path asks it to: `crash`, `wait`, `fail`, or else tells its process id. */
const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
connection.onRequest(inspectRequest, async ({ path }) => {
  if (path === 'crash') process.exit(3);
  if (path === 'wait') return new Promise<ModelSummary>(() => {});
  if (path === 'fail')
    throw new ResponseError(-32001, 'No such model.', { hint: 'Choose another.', stack: 'deep inside' });
  return { path, fileBytes: process.pid } as ModelSummary;
});
connection.onRequest(measureRequest, async ({ progress }) => {
  for (const fraction of [0.5, 1])
    await connection.sendProgress(progressType, progress ?? '', { stage: 's', fraction });
  return {} as ModelTimes;
});
process.on('disconnect', () => process.exit(0));
connection.listen();
void connection.sendNotification(readyNotification, { version: '0.0.0' });
