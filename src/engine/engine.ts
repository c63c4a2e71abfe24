import type { MessageConnection } from 'vscode-jsonrpc/node';
import { heartbeatNotification, readyNotification } from '../protocol/messages';
import { programPath } from '../runtime/programPath';
import { SupervisedChild } from '../runtime/supervisedChild';
import { answerModelRequests } from './modelRequests';
import { answerRunRequests } from './runRequests';
import { answerTimeRequests } from './timeRequests';
import type { WorkApi } from './workApi';
import { WorkPool } from './workPool';

/** How often the engine says that it is alive. */
const heartbeatMs = 1000;

/** What the families of requests work with. */
export interface EngineParts {
  readonly connection: MessageConnection;
  /** The program of the processes that do the work. */
  readonly entry: string;
  /** Questions about a model's structure and what is known of it: quick, one after another, the model kept open. */
  readonly reader: SupervisedChild<WorkApi>;
  /** Long work, each piece in a process of its own. */
  readonly pool: WorkPool;
}

/**
 * Answers the protocol on a connection until it closes. The engine itself touches no model: it hands the work to child
 * processes, so that it answers at once whatever the runtime does.
 * @param version of Layerwise
 */
export function serveEngine(connection: MessageConnection, version: string): void {
  const entry = programPath('workChild.js');
  const reader = new SupervisedChild<WorkApi>({ entry });
  const pool = new WorkPool(entry);
  const parts: EngineParts = { connection, entry, reader, pool };
  answerModelRequests(parts);
  answerTimeRequests(parts);
  const runner = answerRunRequests(parts);
  const heartbeat = setInterval(() => void connection.sendNotification(heartbeatNotification), heartbeatMs);
  connection.onClose(() => {
    clearInterval(heartbeat);
    reader.dispose();
    pool.dispose();
    runner.dispose();
  });
  connection.listen();
  // What goes wrong here goes wrong again, and is told, when the first model is asked for.
  reader.request('warm', null).catch(() => undefined);
  void connection.sendNotification(readyNotification, { version });
}
