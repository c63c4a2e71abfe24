import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import {
  heartbeatNotification,
  readyNotification,
  runUpdatedNotification,
  type RunChange,
} from '../../src/protocol/messages';

/** The built engine in a process of its own, as the editor has it. */
export interface EngineProcess {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
  readonly ready: Promise<string>;
  /** What was told of runs so far. */
  readonly changes: RunChange[];
  /** Times at which the engine said that it is alive. */
  readonly heartbeats: number[];
  /** Waits for something told of a run, past or to come. */
  until(accepts: (change: RunChange) => boolean): Promise<RunChange>;
  end(): Promise<void>;
}

/** @param folder for its latency tables and its lock: tests wait for no measurement but their own */
export function startEngine(folder: string): EngineProcess {
  const child = fork(join(import.meta.dirname, '..', '..', 'dist', 'engine.js'), [], {
    execArgv: [],
    env: { ...process.env, LAYERWISE_CACHE: join(folder, 'cache'), TMPDIR: folder },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  const changes: RunChange[] = [];
  const heartbeats: number[] = [];
  const waiting = new Set<() => void>();
  connection.onNotification(heartbeatNotification, () => void heartbeats.push(performance.now()));
  connection.onNotification(runUpdatedNotification, (change) => {
    changes.push(change);
    for (const look of waiting) look();
  });
  const ready = new Promise<string>((resolve) =>
    connection.onNotification(readyNotification, ({ version }) => resolve(version)),
  );
  connection.listen();
  return {
    child,
    connection,
    ready,
    changes,
    heartbeats,
    until: (accepts) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = changes.find(accepts);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    end: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      connection.dispose();
      child.kill();
      await gone;
    },
  };
}

/** A token that is cancelled after some time. */
export function cancelledAfter(ms: number): CancellationTokenSource {
  const source = new CancellationTokenSource();
  setTimeout(() => source.cancel(), ms);
  return source;
}
